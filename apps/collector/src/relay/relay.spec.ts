import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { migrateJournal, openJournal, type Journal } from '@perennial/journal';
import { kafkaConnection, KafkaSettings, type KafkaConnection } from '@perennial/stream';
import {
  asNewEvent,
  deleteTopic,
  describeWithKafka,
  event,
  freePorts,
  recordsOf,
  sharedKafka,
  subjectIdOf,
  testDatabase,
  type GivenEvent,
  type TestDatabase,
  until,
} from '@perennial/testing';
import pg from 'pg';
import { migrateCollector } from '../collector.migration.js';
import { Relay } from './relay.js';
import { RelayLease } from './relay.lease.js';

const OF_ONE_SHARD = '9c9b7a4e-3b1d-4f0a-8f0e-0d1f9e3f8a11';

describeWithKafka('the relay', () => {
  let database: TestDatabase;
  let journal: Journal;
  let kafka: KafkaConnection;
  const relays: Relay[] = [];
  const pools: pg.Pool[] = [];
  let settings: KafkaSettings;
  /** Problems that were logged. */
  let warnings: unknown[];
  let sequence = 0;

  const nameTopicsAnew = async () => {
    settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `relay-${randomUUID()}` });
    kafka = kafkaConnection((await sharedKafka()).url, settings);
  };

  beforeEach(async () => {
    warnings = [];
    database = await testDatabase();
    await migrateJournal(database.url);
    await migrateCollector(database.url);
    journal = await openJournal(database.url);
    await nameTopicsAnew();
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await Promise.all(pools.splice(0).map(async (pool) => (pool.ended ? undefined : pool.end())));
    await journal.close();
    await database.drop();
  });

  /** A relay as a process of its own would have it. */
  const relay = (of = journal, through = kafka) => {
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
    pools.push(pool);
    const log = (_: string, { problem }: Record<string, unknown>) => problem && warnings.push(problem);
    const started = new Relay({ journal: of, kafka: through, lease: new RelayLease(pool), log });
    relays.push(started);
    started.start();
    return { relay: started, pool };
  };
  const append = (...events: GivenEvent[]) => appendTo(journal, ...events);
  const appendTo = (target: Journal, ...events: GivenEvent[]) =>
    target.appendMany(
      events.map((given) => ({
        streamId: subjectIdOf(given.subject),
        expectedVersion: 'any' as const,
        events: [asNewEvent(given)],
      })),
    );
  const views = (count: number) =>
    Array.from({ length: count }, () =>
      event('page.viewed', `user:${sequence % 50}`, { path: `/${sequence++}` }),
    );
  const published = (running: Relay, count: number) =>
    until(() => running.active && running.counters.published >= count);
  const expectWhole = async (count: number) => {
    const records = await recordsOf(kafka.topic('events'));
    const last = new Map<number, number>();
    for (const { partition, headers } of records) {
      expect(Number(headers.position)).toBe((last.get(partition) ?? 0) + 1);
      last.set(partition, Number(headers.position));
    }
    expect(records).toHaveLength(count);
  };

  it('publishes each event as a CloudEvent in binary mode, in the partition of its shard', async () => {
    await append(event('page.viewed', 'user:1', { path: '/a' }, { source: '/shop', id: 'one' }));
    await published(relay().relay, 1);
    const [record] = await recordsOf(kafka.topic('events'));
    const [recorded] = await journal.readStream(subjectIdOf('user:1'));
    expect(record).toMatchObject({
      partition: recorded?.shard,
      key: subjectIdOf('user:1'),
      value: recorded?.data,
    });
    expect(record?.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: 'one',
      ce_source: '/shop',
      ce_type: 'page.viewed',
      ce_subject: 'user:1',
      ce_time: '2026-03-01T12:00:00.000Z',
      'content-type': 'application/json',
      shard: String(recorded?.shard),
      position: '1',
    });
  });

  it('goes on where it was stopped, and stores nothing twice', async () => {
    await append(...views(100));
    const first = relay().relay;
    await published(first, 100);
    await append(...views(50));
    await published(first, 150);
    await first.stop();
    await append(...views(30));
    await published(relay().relay, 30);
    await expectWhole(180);
  });

  it('is taken over within seconds by another when it hangs, and not before', async () => {
    await append(...views(20));
    const first = relay();
    await published(first.relay, 20);
    const standby = relay().relay;
    await sleep(2_500);
    expect(standby.active).toBe(false);
    // It can't say any more that it lives, as if its process were stopped.
    await first.pool.end();
    const hungAt = Date.now();
    await append(...views(20));
    await until(() => standby.active);
    expect(Date.now() - hungAt).toBeLessThan(20_000);
    await until(async () => (await standby.backlog()) === 0);
    await until(() => !first.relay.active);
    await expectWhole(40);
  });

  it('hands over at once when it is stopped in order', async () => {
    const first = relay().relay;
    await until(() => first.active);
    const standby = relay().relay;
    const lease = async () =>
      (
        await database.pool.query<{ holder: string; free: boolean }>(
          'select holder, expires_at <= clock_timestamp() as free from collector.relay',
        )
      ).rows[0]!;
    const { holder } = await lease();
    await first.stop();
    const after = await lease();
    expect(after.free || after.holder !== holder).toBe(true);
    await until(() => standby.active);
  });

  it('knows how far it is behind while Kafka is away, also where it has published nothing itself', async () => {
    await append(...views(5));
    const first = relay();
    await published(first.relay, 5);
    await until(async () => {
      const { rows } = await first.pool.query<{ kept: string | null }>(
        'select checkpoint::text as kept from collector.relay',
      );
      return rows[0]?.kept?.includes(kafka.topic('events')) ?? false;
    });
    await first.relay.stop();
    await append(...views(3));
    const away = kafkaConnection(`kafka://127.0.0.1:${(await freePorts(1))[0]}`, settings);
    const second = relay(journal, away).relay;
    await until(() => second.problem !== undefined);
    expect([second.active, second.holdsLease, await second.backlog()]).toEqual([false, true, 3]);
  });

  it('fills the topic again when it was deleted, without another event', async () => {
    await append(...views(60));
    const running = relay().relay;
    await published(running, 60);
    await deleteTopic(kafka.topic('events'));
    await until(() => running.counters.begun > 1 && running.counters.published === 120);
    await expectWhole(60);
  });

  describe('of a long history', () => {
    const EVENTS = 1_300;
    const ofOne = (count: number) =>
      Array.from({ length: count }, () => event('page.viewed', 'user:1', { path: `/${sequence++}` }));
    const positions = async () =>
      (await recordsOf(kafka.topic('events'))).map(({ headers }) => Number(headers.position));
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index);

    beforeEach(async () => {
      await append(...ofOne(EVENTS));
      const first = relay().relay;
      await published(first, EVENTS);
      // What it published is remembered with its next sign of life; one before tells less.
      const pool = pools.at(-1)!;
      await until(async () => {
        const { rows } = await pool.query<{ known: boolean }>(
          `select exists (select from jsonb_array_elements(checkpoint -> 'events') shard where (shard ->> 1)::integer = $1) as known
             from collector.relay`,
          [EVENTS],
        );
        return rows[0]?.known === true;
      });
      await first.stop();
    });

    it('fills a topic that was made anew with the newest thousand of each shard, and what comes', async () => {
      await deleteTopic(kafka.topic('events'));
      await append(...ofOne(5));
      const second = relay().relay;
      await published(second, 1_005);
      await second.stop();
      expect(await positions()).toEqual(from(EVENTS - 999, EVENTS + 5));
      // That the topic lacks what came before is nothing that the next relay wonders about.
      await append(...ofOne(5));
      const third = relay().relay;
      await published(third, 5);
      expect(await positions()).toEqual(from(EVENTS - 999, EVENTS + 10));
      expect(third.counters.published).toBe(5);
    });

    it('fills a topic of another name with all of it', async () => {
      await nameTopicsAnew();
      await published(relay().relay, EVENTS);
      expect(await positions()).toEqual(from(1, EVENTS));
    });
  });

  describe('of a journal that was restored from an older backup', () => {
    let earlier: TestDatabase;
    let restored: Journal;
    const merged = (customerId: string) =>
      event('customers.merged', `customer:${OF_ONE_SHARD}`, { customerId, from: [], subjects: [] } as never);
    beforeEach(async () => {
      earlier = await testDatabase();
      await migrateJournal(earlier.url);
      restored = await openJournal(earlier.url);
    });
    afterEach(async () => {
      await Promise.all(relays.splice(0).map((each) => each.stop()));
      await restored.close();
      await earlier.drop();
    });

    it.each([
      ['fewer events than were published', 0],
      ['as many, but others', 20],
      ['more, but others', 40],
    ])(
      'publishes nothing while the topic goes on from what is no more: the journal has %s; then fills a new one',
      async (_, others) => {
        const common = views(30);
        // One shard each, so that the journals compare shard by shard as they are named.
        const ofOne = (count: number) =>
          Array.from({ length: count }, () => event('page.viewed', 'user:1', { path: `/${sequence++}` }));
        await append(...common);
        await append(...ofOne(20));
        const first = relay().relay;
        await published(first, 50);
        await first.stop();
        await appendTo(restored, ...common);
        await appendTo(restored, ...ofOne(others));
        const second = relay(restored).relay;
        await until(() => second.problem !== undefined);
        expect(second.problem).toMatch(
          /holds events that the journal does not have .*delete the topic.*rebuild/,
        );
        expect(second.counters.published).toBe(0);
        await deleteTopic(kafka.topic('events'));
        await published(second, 30 + others);
        await expectWhole(30 + others);
      },
    );

    it('says so once, not with every attempt; and again after a minute, or when the problem is another', async () => {
      await append(...views(5));
      const first = relay().relay;
      await published(first, 5);
      await first.stop();
      const heads = jest.spyOn(restored, 'heads');
      const attempts = async (more: number) => {
        const { length } = heads.mock.calls;
        await until(() => heads.mock.calls.length >= length + more);
      };
      const second = relay(restored).relay;
      await until(() => second.problem !== undefined);
      await attempts(3);
      expect(warnings).toEqual([second.problem]);
      heads.mockRejectedValueOnce(new Error('The journal is away.'));
      await attempts(3);
      expect(warnings).toEqual([second.problem, 'The journal is away.', second.problem]);
      const now = performance.now.bind(performance);
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 61_000);
      await attempts(3);
      clock.mockRestore();
      expect(warnings).toHaveLength(4);
    });

    it('publishes the decisions that nobody was told of, and none that all know', async () => {
      const [known, lost, fresh] = [merged('known'), merged('lost'), merged('fresh')];
      await append(known);
      await append(lost);
      const first = relay().relay;
      await published(first, 2);
      await first.stop();
      await appendTo(restored, known);
      await appendTo(restored, fresh);
      await deleteTopic(kafka.topic('events'));
      await published(relay(restored).relay, 2);
      const records = await recordsOf(kafka.topic('decisions'));
      expect(records.map(({ headers }) => headers.ce_id)).toEqual([known, lost, fresh].map(({ id }) => id));
    });
  });

  it('publishes decisions once, for those who act on them, even when all else is published again', async () => {
    const decision = event('customers.merged', 'customer:9c9b7a4e-3b1d-4f0a-8f0e-0d1f9e3f8a11', {
      customerId: '9c9b7a4e-3b1d-4f0a-8f0e-0d1f9e3f8a11',
      from: [],
      subjects: [],
    } as never);
    await append(...views(10), decision);
    const running = relay().relay;
    await published(running, 11);
    await deleteTopic(kafka.topic('events'));
    await until(() => running.counters.published === 22);
    const records = await recordsOf(kafka.topic('decisions'));
    expect(records.map(({ headers }) => headers.ce_type)).toEqual(['customers.merged']);
  });
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
