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

it('holds a shard that is another member’s by now until its loss was told', async () => {
  const database = await testDatabase();
  await migrateJournal(database.url);
  await prepareStream(database.pool);
  const journal = await openJournal(database.url);
  const member = () => new PostgresStream(journal, database.pool, { group: 'shared', heartbeat: 50 });
  const told: number[][] = [];
  const gained = async (shards: readonly number[]) => new Map(shards.map((shard) => [shard, 0]));
  const [one, other] = [member(), member()];
  await one.join({
    gained,
    lost: async (shards) => {
      told.push([...shards]);
      if (told.length === 1) throw new Error('the database is away');
    },
  });
  await other.join({ gained, lost: async () => undefined });
  for (const end = Date.now() + 60_000; told.length < 2 && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await one.leave();
  await other.leave();
  await journal.close();
  await database.drop();
  // What is left is told at the end.
  expect(told.map(({ length }) => length)).toEqual([32, 32, 32]);
  expect(told[1]).toEqual(told[0]);
});
