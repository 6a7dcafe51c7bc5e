import { eventStoreServer, testDatabase, type TestDatabase } from '@perennial/testing';
import { anEvent, aStream } from './journal.contract.js';
import { compareJournals, copyJournal } from './journal.copy.js';
import type { Journal } from './journal.port.js';
import { EventStoreJournal } from './eventstoredb/eventstore-journal.js';
import { migrateJournal } from './migrate-journal.js';
import { PostgresJournal } from './postgres/postgres-journal.js';

describe('a journal that is copied', () => {
  const databases: TestDatabase[] = [];
  const journals: Journal[] = [];
  const aJournal = async () => {
    const database = await testDatabase();
    databases.push(database);
    await migrateJournal(database.url);
    const journal = new PostgresJournal(database.url);
    journals.push(journal);
    return { journal, database };
  };
  afterEach(async () => {
    for (const journal of journals.splice(0)) await journal.close();
    for (const database of databases.splice(0)) await database.drop();
  });

  /** Forty streams, of which several share a shard, each with three to eight events. */
  const filled = async () => {
    const source = await aJournal();
    const streams = Array.from({ length: 40 }, aStream);
    for (let round = 0; round < 8; round++)
      await source.journal.appendMany(
        streams
          .filter((_, index) => round < 3 + (index % 6))
          .map((streamId) => ({ streamId, expectedVersion: 'any', events: [anEvent()] })),
      );
    return source;
  };
  const count = async (journal: Journal) =>
    (await journal.heads()).reduce((sum, { position }) => sum + position, 0);

  it('has every event with its id, its sequence and its position', async () => {
    const [{ journal: source }, { journal: target }] = [await filled(), await aJournal()];
    await copyJournal(source, target);
    expect(await compareJournals(source, target)).toEqual({
      events: await count(source),
      differences: [],
      samePositions: true,
    });
    expect((await target.heads()).filter(({ eventId }) => eventId)).toEqual(
      (await source.heads()).filter(({ eventId }) => eventId),
    );
  });

  it('goes on where it was cut off, as often as that happens', async () => {
    const [{ journal: source }, { journal: target }] = [await filled(), await aJournal()];
    const all = await count(source);
    let cuts = 0;
    for (let reached = 0; reached < all;) {
      const cut = new AbortController();
      const onProgress = ({ events }: { events: number }) => {
        if (events > reached && events < all) cut.abort(new Error('cut off'));
      };
      await copyJournal(source, target, { signal: cut.signal, onProgress, together: 3 }).catch(
        (error: unknown) => {
          expect(error).toEqual(new Error('cut off'));
          cuts++;
        },
      );
      expect(await count(target)).toBeGreaterThan(reached);
      reached = await count(target);
    }
    expect(cuts).toBeGreaterThan(1);
    expect((await compareJournals(source, target)).differences).toEqual([]);
  });

  it('takes along what is accepted while it is copied', async () => {
    const [{ journal: source }, { journal: target }] = [await filled(), await aJournal()];
    const late: Promise<unknown>[] = [];
    const onProgress = () => {
      if (late.length < 3) late.push(source.append(aStream(), 0, [anEvent()]));
    };
    await copyJournal(source, target, { onProgress });
    expect(await Promise.all(late)).not.toEqual([]);
    await copyJournal(source, target);
    expect((await compareJournals(source, target)).differences).toEqual([]);
  });

  it.each([
    [
      'an event that is missing',
      `delete from journal.event where (shard, position) = (select shard, max(position) from journal.event group by shard limit 1)`,
      { missing: 1 },
    ],
    [
      'an event with other data',
      `update journal.event set data = '{}' where (shard, position) = (select shard, position from journal.event limit 1)`,
      { streams: 1 },
    ],
    [
      'an event with another version',
      `update journal.event set version = 99 where (shard, position) = (select shard, position from journal.event limit 1)`,
      { streams: 1 },
    ],
  ])('is compared: %s is found', async (_, damage, found) => {
    const [{ journal: source }, { journal: target, database }] = [await filled(), await aJournal()];
    await copyJournal(source, target);
    await database.pool.query(damage);
    expect((await compareJournals(source, target)).differences).toMatchObject([found]);
  });

  it('is compared: an event that is not of the source is found', async () => {
    const [{ journal: source }, { journal: target }] = [await filled(), await aJournal()];
    await copyJournal(source, target);
    await target.append(aStream(), 0, [anEvent()]);
    expect((await compareJournals(source, target)).differences).toMatchObject([{ foreign: 1, missing: 0 }]);
  });

  it('goes to EventStoreDB (in memory), cut off on the way; streams keep their sequence', async () => {
    const { journal: source } = await filled();
    const server = await eventStoreServer();
    const url = `esdb://127.0.0.1:${server.port}?tls=false`;
    await migrateJournal(url);
    const target = new EventStoreJournal(url);
    try {
      const cut = new AbortController();
      const onProgress = ({ events }: { events: number }) => {
        if (events > 60) cut.abort(new Error('cut off'));
      };
      await expect(
        copyJournal(source, target, { signal: cut.signal, onProgress, together: 3 }),
      ).rejects.toThrow('cut off');
      await copyJournal(source, target, { together: 3 });
      expect(await compareJournals(source, target)).toMatchObject({
        events: await count(source),
        differences: [],
      });
      await target.append(aStream(), 0, [anEvent()]);
      expect((await compareJournals(source, target)).differences).toMatchObject([{ foreign: 1 }]);
    } finally {
      await target.close();
      await server.stop();
    }
  });
});
