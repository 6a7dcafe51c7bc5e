import { DataSource, type MixedList } from 'typeorm';
import { PostgresJournalMigration1764000000000 } from './postgres-journal.migration.js';

/** Every migration of the journal's schema, oldest first. */
export const journalMigrations = [PostgresJournalMigration1764000000000] satisfies MixedList<unknown>;

/** Brings the schema `journal` of a Postgres database up to date. Safe to call from several processes at once. */
export async function migratePostgres(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema: 'journal',
    migrations: journalMigrations,
    migrationsTableName: 'migration',
  });
  await source.initialize();
  const turn = source.createQueryRunner();
  try {
    // TypeORM does not lock: the second of two processes waits here and then finds nothing left to do.
    await turn.query(`select pg_advisory_lock(hashtext('perennial.journal.migrate'))`);
    await turn.query('create schema if not exists journal');
    await source.runMigrations({ transaction: 'all' });
  } finally {
    await turn
      .query(`select pg_advisory_unlock(hashtext('perennial.journal.migrate'))`)
      .catch(() => undefined);
    await turn.release();
    await source.destroy();
  }
}
