import { testDatabase } from '@perennial/testing';
import { journalContract } from '../journal.contract.js';
import { migrateJournal } from './migrate.js';
import { PostgresJournal } from './postgres-journal.js';

journalContract('the Postgres journal', async () => {
  const database = await testDatabase();
  await migrateJournal(database.url);
  return {
    open: async () => new PostgresJournal(database.url),
    async disturb() {
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name like 'perennial journal%' and random() < 0.3`,
      );
    },
    stop: () => database.drop(),
  };
});
