import type { RecordedEvent } from '@perennial/journal';
import type pg from 'pg';
import { createFactTable } from '../facts/fact-table.sql.js';
import type { Facts } from '../facts/facts.js';
import { quoted } from '../storage/column.js';
import { Projector } from './projector.js';
import { copyRows } from './writer.js';

const TEMPORARY = 'pg_temp';

/**
 * Runs work while temporary tables stand before the live ones of these facts, as they would be if nothing but these
 * events had happened: so that what is asked of the live tables can be asked of some subjects and some time. Facts
 * that open personal data can't be replayed. Inside a transaction.
 */
export async function replayed<Result>(
  client: pg.ClientBase,
  facts: readonly Facts[],
  events: readonly RecordedEvent[],
  work: () => Promise<Result>,
): Promise<Result> {
  const { folds } = await new Projector(facts, [], new Set()).project(events);
  for (const [{ table }, fold] of folds) {
    await client.query(createFactTable(table, TEMPORARY));
    await copyRows(client, table, TEMPORARY, fold);
  }
  // Where it fails the transaction undoes the tables, too.
  const result = await work();
  for (const { table } of facts) await client.query(`drop table ${TEMPORARY}.${quoted(table.name)}`);
  return result;
}
