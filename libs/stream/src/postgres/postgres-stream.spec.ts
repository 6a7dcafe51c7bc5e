import { migrateJournal, openJournal } from '@perennial/journal';
import { asNewEvent, event, subjectIdOf, testDatabase } from '@perennial/testing';
import { streamContract } from '../stream.contract.js';
import { PostgresStream, prepareStream } from './postgres-stream.js';

streamContract('Postgres', async () => {
  const database = await testDatabase();
  await migrateJournal(database.url);
  await prepareStream(database.pool);
  const journal = await openJournal(database.url);
  let recorded = 0;
  return {
    consumer: (group) => new PostgresStream(journal, database.pool, { group, heartbeat: 100, expiry: 1_000 }),
    async record(count) {
      const events = Array.from({ length: count }, () =>
        event('page.viewed', `user:${recorded % 500}`, { path: `/${recorded++}` }),
      );
      await journal.appendMany(
        events.map((given) => ({
          streamId: subjectIdOf(given.subject),
          expectedVersion: 'any' as const,
          events: [asNewEvent(given)],
        })),
      );
    },
    async close() {
      await journal.close();
      await database.drop();
    },
  };
});
