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

/** What Postgres answers where a view would lose a column, or a column its name or type. */
const OTHER_COLUMNS = '42P16';

/**
 * Makes the service's views anew, in their order; called after tables were made or switched. Views that others made on
 * them stay, unless columns have changed: then they are in the way, and the error names them.
 */
export async function replaceViews(client: pg.ClientBase, models: ReadModels): Promise<void> {
  await client.query(
    `begin; ${endSilentTransaction}; set local search_path to ${quoted(models.schema)}; select pg_advisory_xact_lock(hashtextextended('perennial:schema', 0)); savepoint as_they_were`,
  );
  try {
    await createViews(client, models).catch(async (error: unknown) => {
      if ((error as { code?: string }).code !== OTHER_COLUMNS) throw error;
      await client.query('rollback to savepoint as_they_were');
      await dropViews(client, models);
      await createViews(client, models);
    });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Drops them in one statement, for which of them depends on which may have changed. The error names views of others upon them. */
export async function dropViews(client: pg.ClientBase, models: ReadModels): Promise<void> {
  const names = viewsOf(models).map(({ name }) => nameOf(models, name));
  try {
    await client.query(`drop view if exists ${names.join(', ')}`);
  } catch (error) {
    const { detail } = error as { detail?: string };
    if (!(error instanceof Error) || !detail) throw error;
    throw new Error(
      `Other views are in the way of new columns. Drop them, and make them anew afterwards: ${detail}`,
      {
        cause: error,
      },
    );
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

const viewsOf = ({ schema, views }: ReadModels): AnalystView[] => [...views, freshness(schema)];

const nameOf = ({ schema }: ReadModels, view: string) => `${quoted(schema)}.${quoted(view)}`;

/** Makes them, or replaces those that are there. Whose columns are others now must be dropped before. */
export async function createViews(client: pg.ClientBase, models: ReadModels): Promise<void> {
  for (const view of viewsOf(models)) {
    const name = nameOf(models, view.name);
    const columns = Object.entries(view.columns).map(([column, comment]) => ({ name: column, comment }));
    await client.query(
      `create or replace view ${name} (${columns.map((column) => quoted(column.name)).join(', ')}) as ${view.sql}`,
    );
    for (const statement of comments(name, view.comment, columns)) await client.query(statement);
    await client.query(`grant select on ${name} to ${ANALYST_ROLE}`);
  }
}
