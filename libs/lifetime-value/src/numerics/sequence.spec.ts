import fc from 'fast-check';
import { ascending, sequenceOf } from './sequence.js';

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
