import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS, type Span } from '@perennial/journal';
import { asNewEvent, event, ReadModelsUnderTest, subjectIdOf, type GivenEvent } from '@perennial/testing';
import pg from 'pg';
import { shop } from '../testing/shop.models.js';
import { applyBatch, inTransaction } from './batch.js';
import { claim, movesOf } from './cursor.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (subject: string, orderId: string) =>
  event('order.placed', subject, {
    orderId,
    total: eur('10.00'),
    lines: [{ sku: 'lamp', quantity: 1, price: eur('10.00') }],
  });

/** Ann's account and her store card are one customer on two shards. */
const [account, card] = ['user:ann', 'card:77'];
const merge = event('customers.merged', `customer:${subjectIdOf(account)}`, {
  customerId: subjectIdOf(account),
  subjectIds: [subjectIdOf(card)],
  because: ['x'],
});

describe('two transactions at once', () => {
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

  const waitsForLock = async () => {
    const { rowCount } = await shopUnderTest.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount! > 0;
  };

  /** The second begins after the first has written, and comes as far as it can before that one commits. */
  const applyOverlapping = async (first: readonly Span[], second: readonly Span[]) => {
    const [mine, yours] = [await shopUnderTest.batches.connect(), await shopUnderTest.batches.connect()];
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
      let isDone = false;
      const other = apply(yours, second).finally(() => (isDone = true));
      while (!isDone && !(await waitsForLock())) await sleep(10);
      goesOn.resolve(undefined);
      await Promise.all([one, other]);
    } finally {
      mine.release();
      yours.release();
    }
  };

  it('that move one subject to two customers: no customer keeps what has left it', async () => {
    const moved = (to: string, day: string) =>
      event(
        'customers.merged',
        `customer:${subjectIdOf(to)}`,
        { customerId: subjectIdOf(to), subjectIds: [subjectIdOf(card)], because: ['x'] },
        { time: `2026-03-${day}T12:00:00.000Z` },
      );
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
