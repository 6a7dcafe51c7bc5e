import { columnDefinition, quoted, textLiteral, type ColumnType } from '../storage/column.js';
import { isAppendOnly, type FactColumn, type FactTableDefinition } from './fact-table.js';

/** A stored column: one of the table's, or the hidden stamp of a dated one. */
export interface StoredColumn {
  name: string;
  type: ColumnType;
  column: FactColumn;
  stamp: boolean;
}

const stampName = (name: string) => `${name}_stamp`;

const isDated = ({ merge }: FactColumn) => merge === 'latest' || merge === 'earliest';

/** In the sequence in which rows are written. */
export const storedColumns = ({ columns }: FactTableDefinition): StoredColumn[] =>
  columns.flatMap((column) => [
    { name: column.name, type: column.type, column, stamp: false },
    ...(isDated(column)
      ? [{ name: stampName(column.name), type: 'bytea' as const, column, stamp: true }]
      : []),
  ]);

const keyNames = ({ columns }: FactTableDefinition) =>
  columns.filter(({ merge }) => merge === 'key').map(({ name }) => quoted(name));

export function createFactTable(table: FactTableDefinition, schema: string): string {
  const lines = storedColumns(table).map(({ name, type, column, stamp }) => {
    const required =
      column.merge === 'key' ? ' not null' : column.merge === 'sum' ? ' not null default 0' : '';
    return `${quoted(name)} ${columnDefinition(type)}${stamp ? '' : required}`;
  });
  const computed = table.computed.map(
    ({ name, type, expression }) =>
      `${quoted(name)} ${columnDefinition(type)} generated always as (${expression}) stored`,
  );
  // Room on each page for the next version of a row, so that an update need not touch the indexes.
  const storage = isAppendOnly(table) ? '' : ' with (fillfactor = 80)';
  return `create table ${schema}.${quoted(table.name)} (${[...lines, ...computed].join(', ')})${storage}`;
}

/** Key and indexes; made after a bulk load. */
export function indexFactTable(table: FactTableDefinition, schema: string): string[] {
  const on = `${schema}.${quoted(table.name)}`;
  return [
    `alter table ${on} add primary key (${keyNames(table).join(', ')})`,
    ...table.indexes.map((index) => `create index on ${on} (${index.map(quoted).join(', ')})`),
  ];
}

export interface VisibleColumn {
  name: string;
  comment: string;
}

/** The columns that analysts see, with their comments; the stamps are hidden. */
export const visibleColumns = ({ columns, computed }: FactTableDefinition): VisibleColumn[] => [
  ...columns.map(({ name, comment }) => ({ name, comment })),
  ...computed.map(({ name, comment }) => ({ name, comment })),
];

/** The row that is to be merged: where it has met a stored one, and before. */
type Fresh = 'excluded' | 'u';

/** How the stored value `t.x` and the new one become one, in SQL. */
function merged({ name, column, stamp }: StoredColumn, of: Fresh): string {
  const [old, fresh] = [`t.${quoted(name)}`, `${of}.${quoted(name)}`];
  const [oldStamp, freshStamp] = [
    `t.${quoted(stampName(column.name))}`,
    `${of}.${quoted(stampName(column.name))}`,
  ];
  switch (column.merge) {
    case 'sum':
      return `${old} + ${fresh}`;
    case 'min':
      return column.type === 'boolean'
        ? `coalesce(${old} and ${fresh}, ${old}, ${fresh})`
        : `least(${old}, ${fresh})`;
    case 'max':
      return column.type === 'boolean'
        ? `coalesce(${old} or ${fresh}, ${old}, ${fresh})`
        : `greatest(${old}, ${fresh})`;
    case 'set':
      return `case when ${old} is null or ${fresh} is null then coalesce(${old}, ${fresh}) else array(select distinct element from unnest(${old} || ${fresh}) element order by element) end`;
    case 'latest':
      return stamp
        ? `greatest(${old}, ${fresh})`
        : `case when ${oldStamp} is null or ${freshStamp} > ${oldStamp} then ${fresh} else ${old} end`;
    case 'earliest':
      return stamp
        ? `least(${old}, ${fresh})`
        : `case when ${oldStamp} is null or ${freshStamp} < ${oldStamp} then ${fresh} else ${old} end`;
    default:
      return `coalesce(${old}, ${fresh})`;
  }
}

/** Whether a stored row tells whether it changes: a dated value does where its stamp does. */
const telling = ({ column, stamp }: StoredColumn) => column.merge !== 'key' && (!isDated(column) || stamp);

/** Whether the new row changes the stored one. */
const changes = (columns: readonly StoredColumn[], of: Fresh) =>
  columns
    .filter(telling)
    .map((column) => `t.${quoted(column.name)} is distinct from ${merged(column, of)}`)
    .join(' or ');

/**
 * Rows that would change nothing are left out before they meet the stored ones, where that lasts: once a row has taken
 * up a least or latest value, it has for ever. Meeting them locks the stored row, which writes its page and the log.
 */
function leftOut(table: FactTableDefinition, name: string): string {
  const lasts = ({ merge }: FactColumn) => !['sum', 'set', 'value'].includes(merge);
  const columns = storedColumns(table);
  if (!table.columns.every(lasts) || !columns.some(telling)) return '';
  const same = keyNames(table).map((key) => `t.${key} = u.${key}`);
  return `\nwhere not exists (select from ${name} t where ${same.join(' and ')} and not (${changes(columns, 'u')}))`;
}

/** What is to be told of rows that were written. */
export interface Telling {
  /** The subjects of those in which one of these columns, or any, has another value now. */
  columns?: readonly string[] | 'all';
  /** Of the table of subjects: those that belong to another customer now. */
  moves: boolean;
}

/** Whether one of the columns has another value than before. */
function shows(table: FactTableDefinition, told: Telling['columns']): string {
  if (told === undefined) return 'false';
  if (told === 'all') return 'true';
  const subject = quoted(subjectOf(table));
  const differing = storedColumns(table)
    .filter((column) => told.includes(column.column.name) && telling(column))
    .map(({ name }) => `old.${quoted(name)} is distinct from new.${quoted(name)}`);
  return [`old.${subject} is null`, ...differing].join(' or ');
}

const subjectOf = ({ columns }: FactTableDefinition) =>
  columns.find(({ fills }) => fills === 'subjectId')!.name;

/**
 * One statement that merges any number of rows into the table: a parameter a column, each an array.
 * A row that the new one would not change is not written again. Where something is to be told it answers the subjects, once
 * each; of moves also whether its columns show anything, the customer that the subject has left and the one that it has
 * joined, which are one where it has stayed. A subject without a row is a customer of its own.
 */
export function upsertStatement(
  table: FactTableDefinition,
  schema: string,
  { columns: told, moves }: Telling = { moves: false },
): string {
  const into = `${schema}.${quoted(table.name)}`;
  const columns = storedColumns(table);
  const names = columns.map(({ name }) => quoted(name));
  const parameters = columns.map(
    ({ type }, index) => `$${index + 1}::${type.endsWith('[]') ? 'text' : type}[]`,
  );
  const selected = columns.map(({ name, type }) =>
    type.endsWith('[]') ? `u.${quoted(name)}::${type}` : `u.${quoted(name)}`,
  );
  const mergedColumns = columns.filter(({ column }) => column.merge !== 'key');
  const update = mergedColumns.map((column) => `${quoted(column.name)} = ${merged(column, 'excluded')}`);
  const resolve =
    isAppendOnly(table) || update.length === 0
      ? 'do nothing'
      : `do update set ${update.join(', ')} where ${changes(columns, 'excluded')}`;
  const statement = `insert into ${into} as t (${names.join(', ')})
select ${selected.join(', ')} from unnest(${parameters.join(', ')}) as u(${names.join(', ')})${leftOut(table, into)}
on conflict (${keyNames(table).join(', ')}) ${resolve}`;
  if (!told && !moves) return statement;
  const subject = `new.${quoted(subjectOf(table))}`;
  if (!moves)
    return `with written(subject_id, shows) as (${statement} returning ${subject}, ${shows(table, told)})
select distinct subject_id from written where shows`;
  return `with written(subject_id, shows, left_id, joined_id) as (${statement}
returning ${subject}, ${shows(table, told)}, coalesce(old.customer_id, ${subject}), new.customer_id)
select subject_id, shows, left_id, joined_id from written where shows or left_id <> joined_id`;
}

export type CopyFormat = 'binary' | 'text';

export const copyStatement = (table: FactTableDefinition, schema: string, format: CopyFormat) =>
  `copy ${schema}.${quoted(table.name)} (${storedColumns(table)
    .map(({ name }) => quoted(name))
    .join(', ')}) from stdin (format ${format})`;

/** Comments of a stable view and its columns. */
export const comments = (view: string, comment: string, columns: readonly VisibleColumn[]) => [
  `comment on view ${view} is ${textLiteral(comment)}`,
  ...columns.map(
    (column) => `comment on column ${view}.${quoted(column.name)} is ${textLiteral(column.comment)}`,
  ),
];
