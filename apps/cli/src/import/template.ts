import { SettingProblem } from '../system/problem.js';

/** The values of one line, in the sequence of the columns. */
export type Row = readonly string[];
/** Where each column stands in a row. */
export type Columns = ReadonlyMap<string, number>;
export type Template = (row: Row) => string;

const filters: Record<string, (value: string) => string> = {
  upper: (value) => value.toUpperCase(),
  lower: (value) => value.toLowerCase(),
  integer: (value) => value.replace(/\.0*$/, ''),
};

/** Where a column stands. Throws a SettingProblem for one that the format does not have. */
export function columnOf(name: string, columns: Columns): number {
  const index = columns.get(name);
  if (index !== undefined) return index;
  const known = [...columns.keys()].join(', ');
  throw new SettingProblem(`The mapping names the column "${name}", but its format has only ${known}.`);
}

/**
 * A text with `{column}` and `{column|filter}` in it, ready to be filled in from rows. Throws a
 * SettingProblem for unknown columns and filters.
 */
export function template(text: string, columns: Columns): Template {
  const parts = text.split(/\{([^{}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return part;
    const [name = '', ...names] = part.split('|').map((word) => word.trim());
    return value(columnOf(name, columns), names.map(filterOf));
  });
  const [before, only, after] = parts;
  if (parts.length === 3 && before === '' && after === '' && typeof only === 'function') return only;
  return (row) => parts.map((part) => (typeof part === 'string' ? part : part(row))).join('');
}

const value =
  (column: number, filters: readonly ((value: string) => string)[]): Template =>
  (row) =>
    filters.reduce((text, filter) => filter(text), row[column] ?? '');

function filterOf(name: string): (value: string) => string {
  const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (filter) return filter;
  throw new SettingProblem(
    `The mapping uses the filter "${name}"; there are ${Object.keys(filters).join(', ')}.`,
  );
}
