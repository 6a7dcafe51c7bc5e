import { endSilentTransaction } from '@perennial/journal';
import type pg from 'pg';
import { comments } from '../facts/fact-table.sql.js';
import type { ReadModels } from '../read-models.js';
import { quoted, textLiteral } from './column.js';
import { ANALYST_ROLE } from './schema.js';

/** A view for analysts over the service's read models: computed when read. */
export interface AnalystView {
  name: string;
  comment: string;
  /** Each column in the order of the query, with its comment. */
  columns: Record<string, string>;
  /** A query over the stable schema; names without a schema are found there. */
  sql: string;
}

/** Makes the service's views anew, in their order; called after tables were made or switched. */
export async function replaceViews(client: pg.ClientBase, models: ReadModels): Promise<void> {
  await client.query(
    `begin; ${endSilentTransaction}; set local search_path to ${quoted(models.schema)}; select pg_advisory_xact_lock(hashtextextended('perennial:schema', 0))`,
  );
  try {
    for (const statement of replaceViewStatements(models)) await client.query(statement);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** How current each read model is; the same in every service. */
const freshness = (schema: string): AnalystView => ({
  name: 'freshness',
  comment: 'How current each read model is.',
  columns: {
    read_model: 'name of the view',
    kind: 'facts (merged from events), derived (computed for each customer), aggregate (sums over all) or computed (by code, after the others)',
    updated_at:
      'when it was brought up to date last, by events or by a build from the journal; empty before the first event',
    lag: 'events of the journal that were not applied yet, when last looked at',
    checked_at: 'when that was',
    built_at: 'when it was last built from the journal',
  },
  sql: `select m.name, m.kind, case when p.applied > 0 then greatest(p.applied_at, m.built_at) end, p.backlog, p.checked_at, m.built_at
          from ${quoted(`${schema}_tables`)}.read_model m left join ${quoted(`${schema}_tables`)}.progress p on p.consumer = ${textLiteral(schema)}`,
});

export function replaceViewStatements({ schema, views: own }: ReadModels): string[] {
  const views = [...own, freshness(schema)];
  const names = views.map(({ name }) => `${quoted(schema)}.${quoted(name)}`);
  return [
    ...[...names].reverse().map((name) => `drop view if exists ${name}`),
    ...views.flatMap((view, index) => {
      const name = names[index] as string;
      const columns = Object.entries(view.columns).map(([column, comment]) => ({ name: column, comment }));
      return [
        `create view ${name} (${columns.map((column) => quoted(column.name)).join(', ')}) as ${view.sql}`,
        ...comments(name, view.comment, columns),
        `grant select on ${name} to ${ANALYST_ROLE}`,
      ];
    }),
  ];
}
