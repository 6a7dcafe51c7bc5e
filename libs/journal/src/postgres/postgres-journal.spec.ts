import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import { anEvent, aStream, journalContract } from '../journal.contract.js';
import { shardOf } from '../shard.js';
import { migratePostgres } from './migrate.js';
import { PostgresJournal, type PostgresJournalOptions } from './postgres-journal.js';

const breakConnections = (database: TestDatabase, share: number, name = 'perennial journal%') =>
  database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like $1 and random() < $2`,
    [name, share],
  );

journalContract('the Postgres journal', async () => {
  const database = await testDatabase();
  await migratePostgres(database.url);
  return {
    open: async () => new PostgresJournal(database.url),
    disturb: async () => {
      await breakConnections(database, 0.3);
    },
    stop: () => database.drop(),
  };
});

describe('the Postgres journal’s own', () => {
  let database: TestDatabase;
  let journal: PostgresJournal;
  const opened: PostgresJournal[] = [];
  const open = (options: PostgresJournalOptions = {}) => {
    const another = new PostgresJournal(database.url, options);
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    database = await testDatabase();
    await migratePostgres(database.url);
    journal = open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await database.drop();
  });

  /** `journal.append` of one event, as SQL. */
  const rawAppend = (streamId: string): string =>
    `select * from journal.append('{${shardOf(streamId)}}', '{0}', '{${streamId}}', '{1}', '{-1}', '{1}', '{1}', '{${randomUUID()}}',
       '{order.placed}', '{1}', '{2026-03-01T12:00:00Z}', '{/shop}', '{A-1}', '{user:x}', '{"{}"}')`;

  /** Whether a statement waits for what another has locked. */
  const isAnyWaiting = async () => {
    const { rowCount } = await database.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount! > 0;
  };

  describe('lock of a shard', () => {
    it('makes an append wait and then see what the other committed', async () => {
      const stream = aStream();
      const other = await database.pool.connect();
      await other.query('begin');
      await other.query(rawAppend(stream));
      let done = false;
      const waiting = journal.append(stream, 'any', [anEvent()]).finally(() => (done = true));
      while (!done && !(await isAnyWaiting())) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(done).toBe(false);
      await other.query('commit');
      other.release();
      expect(await waiting).toMatchObject({ version: 2 });
      expect(await journal.checkIntegrity()).toEqual([]);
    });

    /** 8 processes on one shard; answers how many appends failed. */
    const failuresOfWriters = async (): Promise<number> => {
      const processes = Array.from({ length: 8 }, () => open({ lanes: 1 }));
      const outcomes = await Promise.all(
        processes.map(async (process) => {
          const streams = Array.from({ length: 25 }, () => aStream(7));
          let failed = 0;
          for (const streamId of streams)
            await process.append(streamId, 0, [anEvent()]).catch(() => failed++);
          return failed;
        }),
      );
      return outcomes.reduce((sum, failed) => sum + failed, 0);
    };

    it('lets all writers of one shard succeed', async () => {
      expect(await failuresOfWriters()).toBe(0);
      expect((await journal.heads())[7]?.position).toBe(200);
    });

    it('is what lets them: without it one falls over another that is not done', async () => {
      const { rows } = await database.pool.query<{ body: string }>(
        `select pg_get_functiondef('journal.append'::regproc) as body`,
      );
      const unlocked = rows[0]?.body.replace(/perform pg_advisory_xact_lock\(.*?\);/, 'null;') ?? '';
      expect(unlocked).not.toContain('pg_advisory');
      await database.pool.query(unlocked);
      const other = await database.pool.connect();
      await other.query('begin');
      await other.query(rawAppend(aStream(7)));
      const outcome = Promise.allSettled([journal.append(aStream(7), 0, [anEvent()])]);
      // For the other's commit: which of the two has the position is not decided before.
      while (!(await isAnyWaiting())) await new Promise((resolve) => setTimeout(resolve, 5));
      await other.query('commit');
      other.release();
      expect(await outcome).toMatchObject([{ status: 'rejected' }]);
    });

    it('is taken in ascending order, so that appends of many shards never deadlock', async () => {
      const processes = Array.from({ length: 4 }, () => open({ lanes: 2, maxDelay: 0 }));
      const appends = processes.flatMap((process) =>
        Array.from({ length: 20 }, () =>
          process.appendMany(
            Array.from({ length: 10 }, () => ({
              streamId: aStream(),
              expectedVersion: 0,
              events: [anEvent()],
            })),
          ),
        ),
      );
      await expect(Promise.all(appends)).resolves.toHaveLength(80);
    });
  });

  it('append works under READ COMMITTED only', async () => {
    await expect(
      database.pool.query(`begin isolation level repeatable read; ${rawAppend(aStream())}`),
    ).rejects.toThrow('READ COMMITTED only');
  });

  it('append waits for the disk, whatever the session’s setting', async () => {
    const client = await database.pool.connect();
    await client.query('begin; set local synchronous_commit = off');
    await client.query(rawAppend(aStream()));
    expect(
      (await client.query<{ synchronous_commit: string }>('show synchronous_commit')).rows[0]
        ?.synchronous_commit,
    ).toBe('on');
    await client.query('rollback');
    client.release();
  });

  it.each([
    ['a character that Postgres can not store', { data: '{"a":"\u0000"}' }],
    ['an id that is no UUID', { eventId: 'x' }],
    ['a time that is none', { time: 'soon' }],
    ['a version out of range', { dataVersion: 70_000 }],
  ])('refusal of %s leaves its neighbours alone', async (_, fault) => {
    const [good, bad, fine] = [aStream(), aStream(), aStream()];
    const outcomes = await Promise.allSettled([
      journal.append(good, 0, [anEvent()]),
      journal.append(bad, 0, [anEvent(fault)]),
      journal.append(fine, 0, [anEvent()]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await journal.readStream(bad)).toEqual([]);
    expect(await journal.readStream(fine)).toHaveLength(1);
  });

  it.each([
    [
      'a missing event',
      'delete from journal.event where position = 2',
      { events: 2, position: 3, brokenLinks: 1, brokenStreams: 1 },
    ],
    [
      'an exchanged event',
      'update journal.event set event_id = gen_random_uuid() where position = 2',
      { events: 3, position: 3, brokenLinks: 1, brokenStreams: 0 },
    ],
    [
      'a lost end and another written since',
      `update journal.event set previous_id = gen_random_uuid() where position = 3`,
      { brokenLinks: 1 },
    ],
  ])('integrity check finds %s', async (_, damage, fault) => {
    const stream = aStream(9);
    await journal.append(stream, 0, [anEvent(), anEvent(), anEvent()]);
    await journal.append(aStream(10), 0, [anEvent()]);
    expect(await journal.checkIntegrity()).toEqual([]);
    await database.pool.query(damage);
    expect(await journal.checkIntegrity()).toMatchObject([{ shard: 9, ...fault }]);
  });

  describe('signal', () => {
    const heard = async (condition: () => boolean) => {
      for (const end = Date.now() + 60_000; Date.now() < end && !condition();)
        await new Promise((resolve) => setTimeout(resolve, 5));
      return condition();
    };

    it('comes back after its connections were broken', async () => {
      const listening = open({ pollEvery: 600_000 });
      let calls = 0;
      await listening.onAppended(() => calls++);
      await journal.append(aStream(), 0, [anEvent()]);
      await breakConnections(database, 1);
      await new Promise((resolve) => setTimeout(resolve, 400));
      calls = 0;
      for (let tries = 0; tries < 3; tries++)
        await journal.append(aStream(), 0, [anEvent()]).catch(() => undefined);
      expect(await heard(() => calls > 0)).toBe(true);
    });

    it('is only late when a notification is lost', async () => {
      const listening = open({ pollEvery: 50 });
      let calls = 0;
      await listening.onAppended(() => calls++);
      calls = 0;
      await database.pool.query(rawAppend(aStream()));
      expect(await heard(() => calls > 0)).toBe(true);
    });

    it('is given once for many commits close to each other', async () => {
      const listening = open({ pollEvery: 600_000 });
      let calls = 0;
      await listening.onAppended(() => calls++);
      calls = 0;
      const writer = open({ notifyEvery: 500 });
      const began = performance.now();
      for (let n = 0; n < 20; n++) await writer.append(aStream(), 0, [anEvent()]);
      expect(await heard(() => calls > 0)).toBe(true);
      // One for each half second that the commits took, however quick the machine is.
      expect(calls).toBeLessThanOrEqual(1 + (performance.now() - began) / 500);
    });
  });

  describe('schema', () => {
    it('can be brought up to date by many processes at once, and again', async () => {
      const other = await testDatabase();
      await Promise.all([1, 2, 3].map(() => migratePostgres(other.url)));
      await migratePostgres(other.url);
      const { rows } = await other.pool.query('select count(*)::integer as n from journal.migration');
      expect(rows).toEqual([{ n: 1 }]);
      await other.drop();
    });

    it('has a comment on everything and no index but the three unique ones', async () => {
      const { rows: silent } = await database.pool.query(
        `select attname from pg_attribute where attrelid = 'journal.event'::regclass and attnum > 0 and col_description(attrelid, attnum) is null`,
      );
      expect(silent).toEqual([]);
      const { rows: indexes } = await database.pool.query<{ indexname: string }>(
        `select indexname from pg_indexes where tablename = 'event' order by 1`,
      );
      expect(indexes.map(({ indexname }) => indexname)).toEqual([
        'event_once',
        'event_position',
        'event_version',
      ]);
    });
  });
});
