import { migrateSchema } from './migrate-schema.js';
import { PostgresJournalMigration1764000000000 } from './postgres-journal.migration.js';

/** Brings the schema `journal` of a Postgres database up to date. Safe to call from several processes at once. */
export const migratePostgres = (url: string): Promise<void> =>
  migrateSchema(url, 'journal', [PostgresJournalMigration1764000000000]);
