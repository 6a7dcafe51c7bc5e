import { compareDecimals } from '@perennial/read-models';
import type { Condition } from './mapping.schema.js';
import type { NumberReader } from './number.reader.js';
import { columnOf, type Columns, type Row } from './template.js';

export type Predicate = (row: Row) => boolean;

/** Whether a row is meant. A value that is no number is neither below nor above anything. */
export function predicate(condition: Condition, columns: Columns, read: NumberReader): Predicate {
  const tests = Object.entries(condition).map(([name, test]) => {
    const column = columnOf(name, columns);
    const holds = testOf(test, read);
    return (row: Row) => holds(row[column] ?? '');
  });
  return (row) => tests.every((test) => test(row));
}

function testOf(test: Condition[string], read: NumberReader): (value: string) => boolean {
  const { empty, equals, below, above } = test;
  const matches = test.matches === undefined ? undefined : new RegExp(test.matches, 'iu');
  const compared = (value: string, limit: string) => {
    const number = read(value);
    return number === undefined ? 0 : compareDecimals(number, limit);
  };
  return (value) =>
    (empty === undefined || (value === '') === empty) &&
    (equals === undefined || value === equals) &&
    (matches === undefined || matches.test(value)) &&
    (below === undefined || compared(value, below) < 0) &&
    (above === undefined || compared(value, above) > 0);
}
