import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS, shardOf, type Span } from '@perennial/journal';
import {
  asNewEvent,
  event,
  merged,
  mergedAt,
  ReadModelsUnderTest,
  splitAt,
  subjectIdOf,
  type GivenEvent,
} from '@perennial/testing';
import fc from 'fast-check';
import pg from 'pg';
import { shop } from '../testing/shop.models.js';
import { applyBatch, inTransaction } from './batch.js';
import { claim, movesOf } from './cursor.js';
import { bucketOf } from './writer.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (subject: string, orderId: string) =>
  event('order.placed', subject, {
    orderId,
    total: eur('10.00'),
    lines: [{ sku: 'lamp', quantity: 1, price: eur('10.00') }],
  });

/** Ann's account and her store card are one customer on two shards. */
const [account, card] = ['user:ann', 'card:77'];
const merge = merged(account, card);

/** In the sequence in which their customers are locked. */
const byBucket = (a: string, b: string) => bucketOf(subjectIdOf(a)) - bucketOf(subjectIdOf(b));

const people = fc.constantFrom(account, card, 'user:bob', 'anonymous:phone');
/** Steps of half a break of a stay. */
const time = fc
  .integer({ min: 0, max: 8 })
  .map((minutes) => new Date(Date.UTC(2026, 2, 1, 12, minutes)).toISOString());
const moving = fc
  .record({ customer: people, subject: people, joins: fc.boolean(), time })
  .map(({ customer, subject, joins, time }) => (joins ? mergedAt : splitAt)(time, customer, subject));
const something = fc.oneof(
  fc
    .record({ subject: people, time })
    .map(({ subject, time }) => event('page.viewed', subject, { path: '/' }, { time })),
  fc
    .record({ subject: people, orderId: fc.constantFrom('O-1', 'O-2') })
    .map((of) => placed(of.subject, of.orderId)),
  moving,
);
/** Two batches hold different shards. */
const overlapping = fc
  .array(something, { minLength: 2, maxLength: 12 })
  .map((all) => {
    const isMine = ({ subject }: GivenEvent) => shardOf(subjectIdOf(subject)) % 2 === 0;
    return [all.filter(isMine), all.filter((one) => !isMine(one))] as const;
  })
  .filter((parts) => parts.every(({ length }) => length > 0));

describe('transactions at once', () => {
  const shopUnderTest = new ReadModelsUnderTest(shop);
  beforeAll(() => shopUnderTest.open());
  afterAll(() => shopUnderTest.close());
  beforeEach(() => shopUnderTest.reset());

  const claimAll = () =>
    claim(
      shopUnderTest.pool,
      'shop',
      'shop',
      Array.from({ length: SHARDS }, (_, shard) => shard),
    );

  const standers: pg.Client[] = [];
  afterEach(() => Promise.all(standers.splice(0).map((client) => client.end())));
  /** A connection of its own, closed after the test. */
  const stander = async () => {
    const client = new pg.Client({ connectionString: shopUnderTest.url });
    client.on('error', () => undefined);
    await client.connect();
    standers.push(client);
    return client;
  };

  const record = async (...events: GivenEvent[]): Promise<Span[]> => {
    const { journal } = shopUnderTest.source;
    const before = (await journal.heads()).map(({ shard, position }) => ({ shard, after: position }));
    for (const given of events) await journal.append(subjectIdOf(given.subject), 'any', [asNewEvent(given)]);
    return journal.readShards(before, 100);
  };

  const apply = async (client: pg.ClientBase, spans: readonly Span[]) => {
    const { rows } = await shopUnderTest.pool.query<{ shard: number; epoch: string }>(
      'select shard, epoch from shop_tables.cursor',
    );
    const claims = new Map(rows.map(({ shard, epoch }) => [shard, { epoch: Number(epoch) }]));
    const events = spans.flatMap((span) => span.events);
    return applyBatch(client, shopUnderTest.target, events, movesOf(spans, claims));
  };

  const waitingForLocks = async () => {
    const { rowCount } = await shopUnderTest.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount!;
  };

  /** The others begin after the first has written, one after the other, and come as far as they can before it commits. */
  const applyOverlapping = async (first: readonly Span[], ...others: (readonly Span[])[]) => {
    const mine = await shopUnderTest.batches.connect();
    const theirs = await Promise.all(others.map(() => shopUnderTest.batches.connect()));
    const [written, goesOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const slow = Object.create(mine) as typeof mine;
    slow.query = (async (...parameters: unknown[]) => {
      if (parameters[0] === 'commit') {
        written.resolve(undefined);
        await goesOn.promise;
      }
      return (mine.query as (...all: unknown[]) => Promise<unknown>)(...parameters);
    }) as typeof mine.query;
    try {
      const one = apply(slow, first);
      await Promise.race([written.promise, one]);
      const all: Promise<unknown>[] = [one];
      let waiting = 0;
      for (const [index, spans] of others.entries()) {
        let isDone = false;
        all.push(apply(theirs[index]!, spans).finally(() => (isDone = true)));
        while (!isDone && (await waitingForLocks()) === waiting) await sleep(10);
        if (!isDone) waiting++;
      }
      goesOn.resolve(undefined);
      await Promise.all(all);
    } finally {
      for (const client of [mine, ...theirs]) client.release();
    }
  };

  it('that move one subject to two customers: no customer keeps what has left it', async () => {
    const moved = (to: string, day: string) => mergedAt(`2026-03-${day}T12:00:00.000Z`, to, card);
    await shopUnderTest.play({
      order: [placed(account, 'O-1'), placed('user:bob', 'O-2'), placed(card, 'O-3')],
      batchSize: 10,
    });
    await claimAll();
    const [first, second] = [await record(moved(account, '02')), await record(moved('user:bob', '03'))];
    await applyOverlapping(first, second);
    expect(await shopUnderTest.rows('purchases')).toHaveLength(2);
    expect(await shopUnderTest.differences()).toEqual([]);
  });

  it('that touch one customer on two shards: the second waits for the other and counts what it committed', async () => {
    await claimAll();
    await shopUnderTest.play({ order: [placed(account, 'O-0'), merge], batchSize: 10 });
    await claimAll();
    const [first, second] = [await record(placed(account, 'O-1')), await record(placed(card, 'O-2'))];
    await applyOverlapping(first, second);
    expect(await shopUnderTest.rows('purchases')).toMatchObject([
      { customer_id: subjectIdOf(account), orders: 3, revenue: 30 },
    ]);
    expect(await shopUnderTest.differences()).toEqual([]);
  });

  it('of which one sees a customer move while it waits do not wait for each other', async () => {
    const [joined, left] = byBucket(account, card) < 0 ? [account, card] : [card, account];
    const [ofJoined, ofLeft] = ['anonymous:1', 'anonymous:2'];
    await shopUnderTest.play({
      order: [placed(left, 'O-0'), merged(joined, ofJoined), merged(left, ofLeft)],
      batchSize: 10,
    });
    await claimAll();
    const batches = [
      await record(mergedAt('2026-03-14T00:00:00.000Z', joined, left)),
      // Waits for the customer that it belonged to, and has to wait for the other one, too.
      await record(placed(left, 'O-1')),
      // Waits for the other one, and then for the first.
      await record(placed(ofJoined, 'O-2'), placed(ofLeft, 'O-3')),
    ] as const;
    await applyOverlapping(...batches);
    expect(await shopUnderTest.differences()).toEqual([]);
  });

  it('leave what one after the other would, whoever visits, orders and moves in either', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(something, { maxLength: 6 }), overlapping, async (before, [mine, yours]) => {
        await shopUnderTest.reset();
        await shopUnderTest.play({ order: before, batchSize: 10 });
        await claimAll();
        const [first, second] = [await record(...mine), await record(...yours)];
        await applyOverlapping(first, second);
        expect(await shopUnderTest.differences()).toEqual([]);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 40) },
    );
  });

  it('a batch that fails half-way leaves the cursor where it was and no row behind', async () => {
    const spans = await record(placed(account, 'O-1'));
    await claimAll();
    await shopUnderTest.pool.query('alter table shop_tables.pair rename to pair_away');
    const client = await shopUnderTest.batches.connect();
    await expect(apply(client, spans)).rejects.toThrow('pair');
    client.release();
    await shopUnderTest.pool.query('alter table shop_tables.pair_away rename to pair');
    const { rows } = await shopUnderTest.pool.query<{ applied: string }>(
      'select sum(position) as applied from shop_tables.cursor',
    );
    expect(Number(rows[0]!.applied)).toBe(0);
    expect(await shopUnderTest.rows('order')).toEqual([]);
  });

  it('end one whose process stands still, so that another can claim its shards', async () => {
    const client = await stander();
    const goesOn = Promise.withResolvers<undefined>();
    const stands = Promise.withResolvers<undefined>();
    const standing = inTransaction(client, shopUnderTest.target.layout, 'shared', async () => {
      await client.query('select from shop_tables.cursor for update');
      stands.resolve(undefined);
      await goesOn.promise;
    });
    standing.catch(() => undefined);
    await stands.promise;
    const claimed = claimAll();
    expect(
      await Promise.race([claimed.then(({ size }) => size), sleep(25_000, 'still waiting', { ref: false })]),
    ).toBe(SHARDS);
    goesOn.resolve(undefined);
    await expect(standing).rejects.toThrow();
  });
});
