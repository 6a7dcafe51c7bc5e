import { columnDefinition, quoted } from '../storage/column.js';
import type { DerivedTableDefinition } from './derived-table.js';

export function createDerivedTable(table: DerivedTableDefinition, schema: string): string {
  const columns = table.columns.map(
    ({ name, type, key }) => `${quoted(name)} ${columnDefinition(type)}${key ? ' not null' : ''}`,
  );
  return `create table ${schema}.${quoted(table.name)} (${columns.join(', ')}) with (fillfactor = 80)`;
}

const keyNames = ({ columns }: DerivedTableDefinition) =>
  columns.filter(({ key }) => key).map(({ name }) => quoted(name));

export function indexDerivedTable(table: DerivedTableDefinition, schema: string): string[] {
  const on = `${schema}.${quoted(table.name)}`;
  return [
    `alter table ${on} add primary key (${keyNames(table).join(', ')})`,
    ...table.indexes.map((index) => `create index on ${on} (${index.map(quoted).join(', ')})`),
  ];
}

/**
 * Computes the rows of the customers in $1 again: writes those that differ, removes those that are no more.
 * The tables that the query names are found through the transaction's search path.
 */
export function refreshStatement(table: DerivedTableDefinition, schema: string): string {
  const name = `${schema}.${quoted(table.name)}`;
  const columns = table.columns.map((column) => quoted(column.name));
  const keys = keyNames(table);
  const values = table.columns.filter(({ key }) => !key).map((column) => quoted(column.name));
  const list = (prefix: string, of: string[]) => of.map((column) => `${prefix}.${column}`).join(', ');
  const resolve = values.length
    ? `do update set ${values.map((column) => `${column} = excluded.${column}`).join(', ')}
  where (${list('t', values)}) is distinct from (${list('excluded', values)})`
    : 'do nothing';
  return `with fresh(${columns.join(', ')}) as materialized (${table.sql.replaceAll(':customers', '$1::uuid[]')}),
gone as (
  delete from ${name} t where t.customer_id = any($1::uuid[])
     and not exists (select 1 from fresh where (${list('fresh', keys)}) = (${list('t', keys)}))
)
insert into ${name} as t (${columns.join(', ')}) select ${columns.join(', ')} from fresh order by ${keys.join(', ')}
on conflict (${keys.join(', ')}) ${resolve}`;
}

/** Fills an empty table for all customers at once. */
export const fillStatement = (table: DerivedTableDefinition, schema: string) =>
  `insert into ${schema}.${quoted(table.name)} (${table.columns.map(({ name }) => quoted(name)).join(', ')})
${table.sql.replaceAll('any(:customers)', 'any(select customer_id from subject)')}`;
