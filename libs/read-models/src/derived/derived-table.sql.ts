import { columnDefinition, quoted, textLiteral } from '../storage/column.js';
import { factTableOf } from '../facts/fact-table.js';
import type { DerivedTableDefinition, Window } from './derived-table.js';

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
 * What has to be computed again for the customers in $1, of whom something from $2 to $3 has come, and for those in $4,
 * whom the subjects in $5 have left or joined: from there as far as the sequence has no break, step by step. What lies
 * beyond is as it was.
 */
function aroundWhatCame({ of, at, gap }: Window): string {
  const [moment, length] = [`m.${quoted(at)}`, `interval ${textLiteral(gap)}`];
  const facts = quoted(factTableOf(of).name);
  const neighbour = (bound: 'min' | 'max', condition: string) =>
    `(select ${bound}(${moment}) as at from subject s join ${facts} m using (subject_id)
           where s.customer_id = r.customer_id and ${condition})`;
  const ofMoved = (bound: 'min' | 'max') =>
    `(select ${bound}(${moment}) from ${facts} m where m.subject_id = moved.subject_id)`;
  return `came(customer_id, since, until) as (
  select * from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[])
  union all
  select customer_id, ${ofMoved('min')}, ${ofMoved('max')} from unnest($4::uuid[], $5::uuid[]) moved(customer_id, subject_id)
),
reached(customer_id, since, until) as (
  select customer_id, min(since), max(until) from came group by customer_id
  union all
  select r.customer_id, coalesce(earlier.at, r.since), coalesce(later.at, r.until)
    from reached r
   cross join lateral ${neighbour('min', `${moment} >= r.since - ${length} and ${moment} < r.since`)} earlier
   cross join lateral ${neighbour('max', `${moment} > r.until and ${moment} <= r.until + ${length}`)} later
   where earlier.at is not null or later.at is not null
),
around(customer_id, since, until) as materialized (
  select customer_id, min(since), max(until) from reached group by customer_id
)`;
}

/**
 * The facts within the window, each with its customer. "offset 0" keeps the planner from reading a subject's whole history
 * and looking at the times afterwards.
 */
const factsAround = ({ of, at }: Window) => `(
  select a.customer_id, m.* from around a join subject s using (customer_id)
   cross join lateral (
     select * from ${quoted(factTableOf(of).name)} m
      where m.subject_id = s.subject_id and m.${quoted(at)} between a.since and a.until offset 0) m)`;

const allFacts = ({ of }: Window) =>
  `(select s.customer_id, m.* from ${quoted(factTableOf(of).name)} m join subject s using (subject_id))`;

/**
 * Computes the rows of the customers in $1 again, with a window those that `aroundWhatCame` tells: writes those that
 * differ, removes those that are no more. The tables that the query names are found through the transaction's search path.
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
  const { window } = table;
  const head = window ? `with recursive ${aroundWhatCame(window)},` : 'with';
  const concerned = window
    ? `using around a where t.customer_id = a.customer_id and t.${quoted(window.begins)} between a.since and a.until`
    : 'where t.customer_id = any($1::uuid[])';
  return `${head} fresh(${columns.join(', ')}) as materialized (${table.sql.replaceAll(':customers', '$1::uuid[]').replaceAll(':window', window ? factsAround(window) : '')}),
gone as (
  delete from ${name} t ${concerned}
     and not exists (select 1 from fresh where (${list('fresh', keys)}) = (${list('t', keys)}))
)
insert into ${name} as t (${columns.join(', ')}) select ${columns.join(', ')} from fresh order by ${keys.join(', ')}
on conflict (${keys.join(', ')}) ${resolve}`;
}

/** Fills an empty table for all customers at once. */
export const fillStatement = (table: DerivedTableDefinition, schema: string) =>
  `insert into ${schema}.${quoted(table.name)} (${table.columns.map(({ name }) => quoted(name)).join(', ')})
${table.sql.replaceAll('any(:customers)', 'any(select customer_id from subject)').replaceAll(':window', table.window ? allFacts(table.window) : '')}`;
