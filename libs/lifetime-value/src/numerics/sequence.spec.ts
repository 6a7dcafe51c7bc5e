import fc from 'fast-check';
import { ascending, sequenceOf, sortPositive } from './sequence.js';

const compare = (one: number, other: number) => (one < other ? -1 : one > other ? 1 : 0);
const rowsBy = (size: number, by: (one: number, other: number) => number) =>
  Array.from({ length: size }, (_, row) => row).sort((one, other) => by(one, other) || one - other);

const whole = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));

it('Rows ascend by their values, equal ones in their own sequence', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(-1, -0, 0, 1));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (values) => {
      expect([...ascending(Float64Array.from(values))]).toEqual(
        rowsBy(values.length, (one, other) => compare(values[one]!, values[other]!)),
      );
    }),
  );
});

it('Rows that are alike in one column ascend by the next', () => {
  const row = fc.tuple(whole, fc.constantFrom(-1, 0, 0.5, 7), whole);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
      const columns = [
        Int32Array.from(rows, ([first]) => first),
        Float64Array.from(rows, ([, second]) => second),
        Int32Array.from(rows, ([, , third]) => third),
      ];
      expect([...sequenceOf(columns)]).toEqual(
        rowsBy(rows.length, (one, other) =>
          columns.reduce((found, column) => found || compare(column[one]!, column[other]!), 0),
        ),
      );
    }),
  );
});

it('What is above 0 is sorted, few or many, alike or far apart', () => {
  const anyAmount = fc.oneof(
    fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
    fc.double({ min: 5, max: 80, noNaN: true }),
    fc.double({ min: 19.99, max: 19.99 + 1e-9, noNaN: true }),
    fc.constantFrom(9.99, 20, 1e-300, 1e300),
  );
  const amounts = fc.record({
    some: fc.array(anyAmount, { minLength: 1, maxLength: 30 }),
    others: fc.array(anyAmount, { maxLength: 600, size: 'max' }),
    times: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(
    fc.property(amounts, ({ some, others, times }) => {
      const values = Float64Array.from([...others, ...Array.from({ length: times }, () => some).flat()]);
      const sorted = values.slice().sort();
      sortPositive(values);
      expect(values).toEqual(sorted);
    }),
  );
});
