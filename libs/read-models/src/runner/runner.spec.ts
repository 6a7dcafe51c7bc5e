import { jest } from '@jest/globals';
import {
  migrateJournal,
  openJournal,
  SHARDS,
  shardOf,
  spanFrom,
  type Journal,
  type Span,
} from '@perennial/journal';
import { PostgresStream, prepareStream, type Membership, type StreamConsumer } from '@perennial/stream';
import {
  asNewEvent,
  event,
  subjectIdOf,
  testDatabase,
  type GivenEvent,
  type TestDatabase,
  until,
} from '@perennial/testing';
import { ReadModels, type ReadModelsDefinition } from '../read-models.js';
import { shop } from '../testing/shop.models.js';
import { applyBatch } from './batch.js';
import { claim, FenceLost } from './cursor.js';
import { rebuild, verify } from './rebuild.js';
import { Runner, type RunnerOptions } from './runner.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (subject: string, orderId: string, total = '10.00') =>
  event('order.placed', subject, {
    orderId,
    total: eur(total),
    lines: [
      { sku: 'lamp', quantity: 1, price: eur(total) },
      { sku: 'pen', quantity: 1, price: eur('1') },
    ],
  });
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => placed(`user:${(from + index) % 40}`, `O-${from + index}`));

describe('a runner', () => {
  let database: TestDatabase;
  let journal: Journal;
  const started: Runner[] = [];

  beforeEach(async () => {
    database = await testDatabase();
    await migrateJournal(database.url);
    await prepareStream(database.pool);
    journal = await openJournal(database.url);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((runner) => runner.stop()));
    await journal.close();
    await database.drop();
  });

  const append = (events: readonly GivenEvent[]) =>
    journal.appendMany(
      events.map((given) => ({
        streamId: subjectIdOf(given.subject),
        expectedVersion: 'any' as const,
        events: [asNewEvent(given)],
      })),
    );
  const stream = () =>
    new PostgresStream(journal, database.pool, { group: 'shop', heartbeat: 100, expiry: 600 });
  const create = (options: Partial<RunnerOptions> = {}, definition: ReadModelsDefinition = shop) =>
    new Runner({
      models: new ReadModels(definition),
      pool: database.pool,
      batches: database.batches,
      journal,
      stream: stream(),
      ...options,
    });
  const start = async (options: Partial<RunnerOptions> = {}, definition: ReadModelsDefinition = shop) => {
    const runner = create(options, definition);
    started.push(runner);
    await runner.start();
    return runner;
  };
  const orders = async () => {
    const { rows } = await database.pool.query<{ orders: string; revenue: string }>(
      'select coalesce(sum(orders), 0) as orders, coalesce(sum(revenue), 0) as revenue from shop.purchases',
    );
    return { orders: Number(rows[0]!.orders), revenue: Number(rows[0]!.revenue) };
  };
  const source = (runner: Runner) => runner.options;
  const differences = async (runner: Runner) =>
    (await verify(source(runner))).filter((compared) => compared.differences > 0);

  it('applies what is appended, and what was there before it started', async () => {
    await append(many(50));
    const runner = await start();
    await append(many(50, 50));
    await runner.caughtUp();
    expect(await orders()).toEqual({ orders: 100, revenue: 1000 });
    expect(await differences(runner)).toEqual([]);
  });

  it('counts nothing twice when it fails between the commit and what comes after', async () => {
    let failures = 3;
    await append(many(30));
    const runner = await start({
      batchSize: 10,
      failpoint: (name) => {
        if (name === 'after commit' && failures-- > 0) throw new Error('cut off');
      },
    });
    await runner.caughtUp();
    expect(failures).toBeLessThanOrEqual(0);
    expect(await orders()).toEqual({ orders: 30, revenue: 300 });
    expect(runner.counters.retries).toBe(3);
    expect(await differences(runner)).toEqual([]);
  });

  it('gives up building at its start when it is told to stop, and the next one builds', async () => {
    await append(many(50));
    const runner = create({ rebuildFrom: 0 });
    const starting = runner.start();
    const stopped = runner.stop();
    await expect(starting).rejects.toThrow('the service is stopping');
    await stopped;
    const next = await start({ rebuildFrom: 0 });
    expect((await orders()).orders).toBe(50);
    expect(await differences(next)).toEqual([]);
  });

  it('builds once where several processes start at the same time', async () => {
    await append(many(50));
    let built = 0;
    const log = {
      info: (_: string, fields?: Record<string, unknown>) => {
        if (fields?.stage === 'done') built++;
      },
      warn: () => undefined,
      error: () => undefined,
    };
    await Promise.all([1, 2, 3].map(() => start({ rebuildFrom: 0, log })));
    expect(built).toBe(1);
    expect((await orders()).orders).toBe(50);
  });

  it('tells of a batch that fails while it is told to stop, and leaves it to whoever comes next', async () => {
    await append(many(30));
    const [begun, stopped] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const runner = await start({
      failpoint: async (name) => {
        if (name !== 'before batch') return;
        begun.resolve(undefined);
        await stopped.promise;
        throw new Error('cut off');
      },
    });
    await begun.promise;
    const ended = runner.stop();
    stopped.resolve(undefined);
    await ended;
    expect(runner.counters.retries).toBe(1);
    expect(runner.problem).toBe('cut off');
    const next = await start();
    await next.caughtUp();
    expect((await orders()).orders).toBe(30);
  });

  it('commits a batch while another one of other shards is being written, and loses nothing when that one fails', async () => {
    await append(many(60));
    const second = Promise.withResolvers<undefined>();
    let [begun, committed] = [0, 0];
    const runner = await start({
      stream: new ShardByShard(stream()),
      failpoint: async (name) => {
        if (name === 'after commit' && ++committed === 1) second.resolve(undefined);
        if (name !== 'before batch' || ++begun > 1) return;
        await second.promise;
        throw new Error('cut off');
      },
    });
    await runner.caughtUp();
    expect(runner.counters.retries).toBe(1);
    expect(await orders()).toEqual({ orders: 60, revenue: 600 });
    expect(runner.counters).toMatchObject({ applied: 60, fencesLost: 0 });
    expect(await differences(runner)).toEqual([]);
  });

  it('drains: asks for no more, commits the batch in hand, leaves, and its successor applies nothing twice', async () => {
    await append(many(60));
    const told: string[] = [];
    // The very stream: of a copy with the same parts only one half would leave, and its heartbeat would go on.
    const watched = stream();
    const [next, leave] = [watched.next.bind(watched), watched.leave.bind(watched)];
    watched.next = (limit, signal) => {
      told.push(signal.aborted ? 'asked after the stop' : 'asked');
      return next(limit, signal);
    };
    watched.leave = () => {
      told.push('left');
      return leave();
    };
    const inHand = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const runner = create({
      stream: watched,
      batchSize: 20,
      failpoint: async (name) => {
        if (name === 'after commit') told.push('committed');
        if (name !== 'before batch') return;
        inHand.resolve(undefined);
        await goOn.promise;
      },
    });
    await runner.start();
    await inHand.promise;
    told.length = 0;
    const stopping = runner.stop();
    await append(many(10, 60));
    goOn.resolve(undefined);
    await stopping;
    expect(told).toEqual(['committed', 'left']);
    expect(runner.counters.batches).toBe(1);
    const { orders: committed } = await orders();
    expect(committed).toBe(runner.counters.applied);
    expect(committed).toBeGreaterThan(0);

    const successor = await start({ batchSize: 20 });
    await successor.caughtUp();
    expect(successor.counters).toMatchObject({
      applied: 70 - committed,
      duplicates: 0,
      fencesLost: 0,
      gaps: 0,
    });
    expect(await orders()).toEqual({ orders: 70, revenue: 700 });
    expect(await differences(successor)).toEqual([]);
  });

  it('writes nothing once another has claimed its shards', async () => {
    const runner = create();
    await runner.prepare();
    await append(many(5));
    const subjectId = subjectIdOf('user:0');
    const shard = shardOf(subjectId);
    const mine = await claim(database.pool, 'shop', 'shop', [shard]);
    await claim(database.pool, 'shop', 'shop', [shard]);
    const events = await journal.readShard(shard, 0, 100);
    const client = await database.batches.connect();
    const last = events.at(-1)!;
    const stale = applyBatch(client, runner.target, events, [
      { shard, epoch: mine.get(shard)!.epoch, from: 0, to: last.position, lastEventId: last.eventId },
    ]);
    await expect(stale).rejects.toThrow(FenceLost);
    client.release();
    expect(await orders()).toEqual({ orders: 0, revenue: 0 });
  });

  it('writes nothing from a position that is not the committed one', async () => {
    const runner = create();
    await runner.prepare();
    await append([placed('user:0', 'O-1'), placed('user:0', 'O-2')]);
    const shard = shardOf(subjectIdOf('user:0'));
    const mine = await claim(database.pool, 'shop', 'shop', [shard]);
    const [first] = await journal.readShard(shard, 0, 1);
    const move = { shard, epoch: mine.get(shard)!.epoch, from: 0, to: 1, lastEventId: first!.eventId };
    const client = await database.batches.connect();
    await applyBatch(client, runner.target, [first!], [move]);
    await expect(applyBatch(client, runner.target, [first!], [move])).rejects.toThrow(FenceLost);
    client.release();
    expect(await orders()).toEqual({ orders: 1, revenue: 10 });
  });

  it('shares the shards with another of its group, and takes over when that one goes', async () => {
    const first = await start({ batchSize: 7 });
    const second = await start({ batchSize: 7 });
    await until(() => first.shards.length === SHARDS / 2 && second.shards.length === SHARDS / 2);
    await append(many(200));
    await until(async () => (await first.backlog()) === 0);
    expect(Math.min(first.counters.applied, second.counters.applied)).toBeGreaterThan(0);
    started.splice(started.indexOf(second), 1);
    await second.stop();
    await until(() => first.shards.length === SHARDS);
    await append(many(100, 200));
    await first.caughtUp();
    expect(await orders()).toEqual({ orders: 300, revenue: 3000 });
    expect(await differences(first)).toEqual([]);
  });

  it('drops what it has applied already, and fills a gap from the journal', async () => {
    await append(many(60));
    const disturbed = new Disturbed(stream());
    const runner = await start({ stream: disturbed, batchSize: 10 });
    await runner.caughtUp();
    expect(await orders()).toEqual({ orders: 60, revenue: 600 });
    expect(runner.counters.duplicates).toBeGreaterThan(0);
    expect(runner.counters.gaps).toBeGreaterThan(0);
  });

  it('fills a gap of many batches a batch at a time, and says so once a shard', async () => {
    await append(many(300));
    const alarms: string[] = [];
    const runner = create({
      stream: new WithoutPast(journal),
      batchSize: 20,
      log: { info: () => undefined, warn: () => undefined, error: (message) => alarms.push(message) },
    });
    started.push(runner);
    const { projector } = runner.target;
    const sizes: number[] = [];
    const project = projector.project.bind(projector);
    projector.project = (events, into) => {
      sizes.push(events.length);
      return project(events, into);
    };
    await runner.start();
    await runner.caughtUp();
    expect(await orders()).toEqual({ orders: 300, revenue: 3000 });
    // What came from the stream, one event a shard, and a batch of what was missing.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(SHARDS + 20);
    expect(sizes.filter((size) => size > 0).length).toBeGreaterThanOrEqual(10);
    const gaps = (await journal.heads()).filter(({ position }) => position > 1).length;
    expect(alarms).toEqual(Array(gaps).fill('a gap in the stream is filled from the journal'));
    expect(runner.counters.gaps).toBe(gaps);
    expect(await differences(runner)).toEqual([]);
  });

  it('goes on applying while its tables are analysed, and ends only when that has ended', async () => {
    const analysed = Promise.withResolvers<undefined>();
    let analyses = 0;
    // Nobody answers the analysis until the end.
    const pool = Object.create(database.pool, {
      query: {
        value: async (text: string, values?: unknown[]) => {
          if (!text.includes('analyze (')) return database.pool.query(text, values);
          analyses++;
          await analysed.promise;
          return undefined;
        },
      },
    }) as typeof database.pool;
    await append(many(5_000));
    const runner = create({ pool });
    await runner.start();
    await runner.caughtUp();
    await until(() => analyses === 1);
    await append(many(10, 5_000));
    await runner.caughtUp(10_000);
    expect((await orders()).orders).toBe(5_010);
    let stopped = false;
    const stopping = runner.stop().then(() => (stopped = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stopped).toBe(false);
    analysed.resolve(undefined);
    await stopping;
  });

  it('stops with an alarm when the journal was restored from an older backup', async () => {
    await append([placed('user:0', 'O-1'), placed('user:0', 'O-2')]);
    const before = await start();
    await before.caughtUp();
    started.splice(0);
    await before.stop();
    await database.pool.query('truncate journal.event');
    await append([placed('user:0', 'O-1'), placed('user:0', 'X-2'), placed('user:0', 'X-3')]);
    const after = await start();
    await until(() => /restored from an older backup/.test(after.problem ?? ''));
    expect(await orders()).toEqual({ orders: 2, revenue: 20 });
  });

  it('gives the alarm when the journal was restored to fewer events than it has applied', async () => {
    await append([placed('user:0', 'O-1'), placed('user:0', 'O-2')]);
    const runner = await start();
    await runner.caughtUp();
    await runner.report();
    expect(runner.problem).toBeUndefined();
    await database.pool.query('delete from journal.event where position > 1');
    await runner.report();
    expect(runner.problem).toMatch(/before position 2: was it restored from an older backup/);
  });

  it('has no problem any more once what failed works again, though no event comes after it', async () => {
    let away = true;
    const runner = await start({
      failpoint: (name) => {
        if (name === 'after commit' && away) throw new Error('the database is away');
      },
    });
    await append(many(3));
    await until(() => runner.problem === 'the database is away');
    away = false;
    await until(async () => (await runner.backlog()) === 0);
    await runner.report();
    expect(runner.problem).toBeUndefined();
  });

  it('goes on after a rebuild of everything from a journal that was restored from an older backup', async () => {
    await append(many(30));
    const before = await start();
    await before.caughtUp();
    started.splice(0);
    await before.stop();
    await database.pool.query('truncate journal.event');
    await append([placed('user:0', 'X-1')]);
    const after = create();
    await rebuild(
      source(after),
      after.options.models.all.map(({ name }) => name),
    );
    started.push(after);
    await after.start();
    await append([placed('user:0', 'X-2'), placed('user:1', 'X-3')]);
    await after.caughtUp();
    expect(await orders()).toEqual({ orders: 3, revenue: 30 });
    expect(await differences(after)).toEqual([]);
  });

  it('has its tables analysed as they grow, and not for having started on large ones', async () => {
    const analysed = jest.spyOn(database.pool, 'query');
    const times = () => analysed.mock.calls.filter(([text]) => text.includes('analyze (')).length;
    const first = await start({ rebuildFrom: Infinity });
    await append(many(5_500));
    await first.caughtUp();
    expect(times()).toBe(1);
    await first.stop();

    const second = await start();
    await append(many(5_500, 5_500));
    await second.caughtUp();
    expect(times()).toBe(1);
    analysed.mockRestore();
  });

  it('makes its tables once, however many processes start at once', async () => {
    await append(many(30));
    // One looks whether there are tables, and is slow to make them.
    const pool = Object.create(database.pool) as typeof database.pool;
    pool.query = database.pool.query.bind(database.pool);
    pool.connect = (async () => {
      const client = await database.pool.connect();
      const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
      const slow = Object.create(client) as typeof client;
      slow.query = ((...all: unknown[]) => {
        const answer = query(...all);
        const looked = String(all[0]).startsWith('select name, fingerprint');
        return looked ? answer.then((rows) => new Promise((go) => setTimeout(go, 1_000, rows))) : answer;
      }) as typeof client.query;
      return slow;
    }) as typeof pool.connect;
    const runners = await Promise.all([start({ pool }), start()]);
    await Promise.all(runners.map((runner) => runner.caughtUp()));
    expect(await orders()).toEqual({ orders: 30, revenue: 300 });
    expect(await differences(runners[0])).toEqual([]);
  });

  it('parks an event of a version newer than it knows, and applies it once it knows it', async () => {
    await append([placed('user:0', 'O-1')]);
    await journal.append(subjectIdOf('user:0'), 'any', [
      { ...asNewEvent(placed('user:0', 'O-2')), dataVersion: 99 },
    ]);
    await append([placed('user:0', 'O-3')]);
    const runner = await start();
    await runner.caughtUp();
    expect(await orders()).toEqual({ orders: 2, revenue: 20 });
    expect(runner.counters.unapplied).toBe(1);
    await database.pool.query('update journal.event set data_version = 1 where data_version = 99');
    const retried = await Promise.all([runner.retryUnapplied(), runner.retryUnapplied()]);
    expect(retried.toSorted()).toEqual([0, 1]);
    expect(await orders()).toEqual({ orders: 3, revenue: 30 });
    expect(await runner.retryUnapplied()).toBe(0);
  });

  describe('with an event of a newer version', () => {
    const parked = async () => {
      await append([placed('user:0', 'O-1')]);
      const returned = event('order.returned', 'user:0', {
        returnId: 'R-1',
        orderId: 'O-1',
        refund: eur('4.00'),
      });
      await journal.append(subjectIdOf('user:0'), 'any', [{ ...asNewEvent(returned), dataVersion: 99 }]);
    };
    const learnt = () =>
      database.pool.query('update journal.event set data_version = 1 where data_version = 99');
    const listed = async () => (await database.pool.query('select from shop_tables.unapplied')).rows.length;

    it('lists it after a first build, and counts it once when it is known later', async () => {
      await parked();
      const runner = create({ rebuildFrom: 0 });
      await runner.prepare();
      expect(await listed()).toBe(1);
      await learnt();
      expect(await runner.retryUnapplied()).toBe(1);
      expect(await orders()).toEqual({ orders: 1, revenue: 6 });
      expect(await differences(runner)).toEqual([]);
    });

    it('counts it once when everything is rebuilt by a version that knows it', async () => {
      await parked();
      const runner = create();
      await runner.prepare();
      await (await start()).caughtUp();
      expect(await listed()).toBe(1);
      await learnt();
      await rebuild(
        source(runner),
        source(runner).models.all.map(({ name }) => name),
      );
      expect(await listed()).toBe(0);
      expect(await runner.retryUnapplied()).toBe(0);
      expect(await orders()).toEqual({ orders: 1, revenue: 6 });
    });

    it('leaves it out of a partial rebuild and of a comparison, as the live tables do', async () => {
      await parked();
      const runner = await start();
      await runner.caughtUp();
      await learnt();
      expect(await differences(runner)).toEqual([]);
      await rebuild(source(runner), ['order']);
      expect(await orders()).toEqual({ orders: 1, revenue: 10 });
      expect(await runner.retryUnapplied()).toBe(1);
      expect(await orders()).toEqual({ orders: 1, revenue: 6 });
      expect(await differences(runner)).toEqual([]);
    });
  });

  it('survives its connections being cut', async () => {
    const runner = await start({ batchSize: 5 });
    let cut = 0;
    const cutting = setInterval(() => {
      void database.pool
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'perennial test%'`,
        )
        .then(({ rowCount }) => (cut += rowCount ?? 0))
        .catch(() => undefined);
    }, 40);
    for (let from = 0; from < 300; from += 50) {
      await retried(() => append(many(50, from)));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    clearInterval(cutting);
    await retried(() => runner.caughtUp());
    expect(cut).toBeGreaterThan(0);
    expect(await orders()).toEqual({ orders: 300, revenue: 3000 });
    expect(await differences(runner)).toEqual([]);
  });

  it('is rebuilt under live traffic without a difference', async () => {
    await append(many(200));
    const runner = await start({ batchSize: 20 });
    let appended = 200;
    let building = true;
    const traffic = (async () => {
      while (building) await append(many(10, (appended += 10) - 10));
    })();
    for (const names of [['order'], ['purchases'], ['pair'], ['subject']])
      await rebuild(source(runner), names);
    building = false;
    await traffic;
    await runner.caughtUp();
    expect((await orders()).orders).toBe(appended);
    expect(await differences(runner)).toEqual([]);
  });

  it('builds a read model again whose definition has changed, and leaves one alone that a newer service built', async () => {
    await append(many(20));
    const before = await start();
    await before.caughtUp();
    const changed: ReadModelsDefinition = {
      ...shop,
      facts: shop.facts.map((facts) => (facts.table.name === 'busiest' ? { ...facts, version: 2 } : facts)),
    };
    const after = create({}, changed);
    await after.prepare();
    await append(many(20, 20));
    await until(() => /another version/.test(before.problem ?? ''));
    started.splice(0);
    await before.stop();
    const next = await start({}, changed);
    await next.caughtUp();
    expect((await orders()).orders).toBe(40);
    expect(await differences(next)).toEqual([]);
  });
});

/** A topic that has only the last event of each shard. */
class WithoutPast implements StreamConsumer {
  readonly problem = undefined;
  readonly hasJoined = true;
  private given = false;

  constructor(private readonly journal: Journal) {}

  async join({ gained }: Membership): Promise<void> {
    await gained(Array.from({ length: SHARDS }, (_, shard) => shard));
  }
  async next(_limit: number, signal: AbortSignal): Promise<Span[]> {
    if (this.given && !signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    if (signal.aborted) return [];
    this.given = true;
    const heads = (await this.journal.heads()).filter(({ position }) => position > 0);
    const ranges = heads.map(({ shard, position }) => ({ shard, after: position - 1 }));
    return this.journal.readShards(ranges, SHARDS);
  }
  seek(): void {
    this.given = false;
  }
  async backlog(): Promise<number> {
    return 0;
  }
  async leave(): Promise<void> {}
}

/** A stream that repeats some events and leaves others out. */
class Disturbed implements StreamConsumer {
  readonly problem = undefined;
  readonly hasJoined = true;
  constructor(private readonly inner: StreamConsumer) {}
  join: StreamConsumer['join'] = (membership) => this.inner.join(membership);
  seek: StreamConsumer['seek'] = (shard, position) => this.inner.seek(shard, position);
  backlog = () => this.inner.backlog();
  leave = () => this.inner.leave();
  next: StreamConsumer['next'] = async (limit, signal) => {
    const spans = (await this.inner.next(limit, signal)).flatMap(singly);
    const lastOf = new Map(spans.map((one) => [one.shard, one.position]));
    const kept = spans.filter(({ shard, position }) => position % 3 !== 1 || lastOf.get(shard) === position);
    return [...kept, ...spans.slice(0, 3)].sort((a, b) => a.shard - b.shard || a.position - b.position);
  };
}

/** A stream that gives one shard's events at a time. */
class ShardByShard implements StreamConsumer {
  readonly problem = undefined;
  readonly hasJoined = true;
  private kept: Span[] = [];

  constructor(private readonly inner: StreamConsumer) {}
  join: StreamConsumer['join'] = (membership) => this.inner.join(membership);
  seek: StreamConsumer['seek'] = (shard, position) => {
    this.kept = this.kept.filter((span) => span.shard !== shard);
    this.inner.seek(shard, position);
  };
  backlog = () => this.inner.backlog();
  leave = () => this.inner.leave();
  next: StreamConsumer['next'] = async (limit, signal) => {
    if (this.kept.length === 0) this.kept = await this.inner.next(limit, signal);
    return this.kept.splice(0, 1);
  };
}

/** A span an event. */
const singly = ({ events }: Span): Span[] => events.map((one) => ({ ...spanFrom(one), events: [one] }));

async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
