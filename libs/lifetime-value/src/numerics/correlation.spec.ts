import fc from 'fast-check';
import { ascending, ranks } from './correlation.js';

describe('ranks', () => {
  it('begin at 1, and equal values share the mean of theirs', () => {
    expect([...ranks(Float64Array.of(30, 10, 20, 10))]).toEqual([4, 1.5, 3, 1.5]);
  });

  it('come to an end where a value is not a number', () => {
    expect([...ranks(Float64Array.of(Number.NaN, 2, Number.NaN))].sort()).toEqual([1, 2, 3]);
  });
});

it('Rows ascend by their values, equal ones in their own sequence', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(-1, -0, 0, 1));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      const compared = values.map((_, row) => row).sort((a, b) => compare(values[a]!, values[b]!) || a - b);
      expect([...ascending(Float64Array.from(values))]).toEqual(compared);
    }),
  );
});

const compare = (one: number, other: number) => (one < other ? -1 : one > other ? 1 : 0);
