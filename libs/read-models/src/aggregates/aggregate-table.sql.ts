import { columnDefinition, quoted } from '../storage/column.js';
import type { AggregateTableDefinition } from './aggregate-table.js';

const names = ({ columns }: AggregateTableDefinition, key: boolean) =>
  columns.filter((column) => column.key === key).map(({ name }) => quoted(name));

export function createAggregateTable(table: AggregateTableDefinition, schema: string): string {
  const columns = table.columns.map(({ name, type }) => `${quoted(name)} ${columnDefinition(type)} not null`);
  return `create table ${schema}.${quoted(table.name)} (${columns.join(', ')}) with (fillfactor = 80)`;
}

export function indexAggregateTable(table: AggregateTableDefinition, schema: string): string[] {
  const on = `${schema}.${quoted(table.name)}`;
  return [
    `alter table ${on} add primary key (${names(table, true).join(', ')})`,
    ...table.indexes.map((index) => `create index on ${on} (${index.map(quoted).join(', ')})`),
  ];
}

const columnList = ({ columns }: AggregateTableDefinition) =>
  columns.map(({ name }) => quoted(name)).join(', ');

/** The rows of the fact table whose keys are given, a parameter a key column, each an array. */
function touchedRows({ from }: AggregateTableDefinition, schema: string): string {
  const keys = from.columns.filter(({ merge }) => merge === 'key');
  const arrays = keys.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const list = keys.map(({ name }) => quoted(name)).join(', ');
  return `(select r.* from ${schema}.${quoted(from.name)} r join unnest(${arrays}) as touched(${list}) using (${list}))`;
}

/** Temporary table that holds what the touched rows added before the batch. */
const before = (table: AggregateTableDefinition) => quoted(`${table.name}_before`);

export const createBefore = (table: AggregateTableDefinition) =>
  `create temporary table if not exists ${before(table)} (${table.columns
    .map(({ name, type }) => `${quoted(name)} ${columnDefinition(type)}`)
    .join(', ')}) on commit delete rows`;

export const rememberStatement = (table: AggregateTableDefinition, factSchema: string) =>
  `insert into ${before(table)} (${columnList(table)}) ${table.sql.replaceAll(':rows', touchedRows(table, factSchema))}`;

const addTo = (table: AggregateTableDefinition, schema: string, source: string) => {
  const keys = names(table, true);
  const totals = names(table, false);
  const columns = columnList(table);
  return `insert into ${schema}.${quoted(table.name)} as t (${columns}) select ${columns} from ${source} order by ${keys.join(', ')}
on conflict (${keys.join(', ')}) do update set ${totals.map((total) => `${total} = t.${total} + excluded.${total}`).join(', ')}`;
};

/** Adds what the touched rows add now, where they added nothing before: most rows are new. */
export const addStatement = (table: AggregateTableDefinition, schema: string, factSchema: string): string =>
  `with now_added(${columnList(table)}) as (${table.sql.replaceAll(':rows', touchedRows(table, factSchema))})
${addTo(table, schema, 'now_added')}`;

/** Adds the difference between what the touched rows add now and what they added before; rows at zero go. */
export function adjustStatement(table: AggregateTableDefinition, schema: string, factSchema: string): string {
  const keys = names(table, true);
  const totals = names(table, false);
  const columns = columnList(table);
  return `with now_added(${columns}) as (${table.sql.replaceAll(':rows', touchedRows(table, factSchema))}),
difference(${columns}) as materialized (
  select ${keys.join(', ')}, ${totals.map((total) => `sum(${total})`).join(', ')} from (
    select ${columns} from now_added
    union all
    select ${keys.join(', ')}, ${totals.map((total) => `-${total}`).join(', ')} from ${before(table)}
  ) changes
  group by ${keys.join(', ')} having ${totals.map((total) => `sum(${total}) <> 0`).join(' or ')}
)
${addTo(table, schema, 'difference')}`;
}

/** A group that no row adds to any more has no row, as if it had never been. */
export const removeEmptyStatement = (table: AggregateTableDefinition, schema: string) =>
  `delete from ${schema}.${quoted(table.name)} t using ${before(table)} b
where ${names(table, true)
    .map((key) => `t.${key} = b.${key}`)
    .join(' and ')} and ${names(table, false)
    .map((total) => `t.${total} = 0`)
    .join(' and ')}`;

export const fillAggregateStatement = (table: AggregateTableDefinition, schema: string, factSchema: string) =>
  `insert into ${schema}.${quoted(table.name)} (${columnList(table)}) ${table.sql.replaceAll(':rows', `${factSchema}.${quoted(table.from.name)}`)}`;
