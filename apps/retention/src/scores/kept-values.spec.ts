import { inTransaction, Layout, onConnection } from '@perennial/read-models';
import {
  event,
  type GivenEvent,
  type GivenOptions,
  merged,
  publishedFits,
  ReadModelsUnderTest,
} from '@perennial/testing';
import { DEFAULT_ASSUMPTIONS } from '../models/models.decider.js';
import { retention } from '../retention.read-models.js';
import { settleScores } from './scorer.js';

const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (orderId: string, subject: string, day: string, amount = '100') =>
  event(
    'order.placed',
    subject,
    { orderId, total: eur(amount), lines: [{ sku: 'lamp', quantity: 1, price: eur(amount) }] },
    on(day),
  );
const rate = (of: string, day: string) =>
  event('exchange.rate.published', 'currency:USD', { base: 'USD', quote: 'EUR', rate: of, day }, on(day));
const cost = (amount: string, validFrom: string, sku = 'lamp', said = '2026-04-01') =>
  event('product.cost.stated', `product:${sku}`, { sku, cost: eur(amount), validFrom }, on(said));

const fitted = (version: number, currency = 'EUR', marginRate = 1) =>
  event('model.fitted', 'model:orders', {
    version,
    asOf: '2026-06-30',
    reason: 'first',
    population: { customers: 100, repeatCustomers: 50, orderDays: 250 },
    assumptions: { ...DEFAULT_ASSUMPTIONS, marginRate },
    currency,
    orders: publishedFits.bgNbd,
    averageValue: 20,
  });
const night = (asOf: string, modelVersion = 1) =>
  event('scores.refreshed', 'model:orders', { asOf, modelVersion }, on(asOf));

const decided: GivenEvent[] = [fitted(1), night('2026-06-30')];

describe('what is kept between two scorings', () => {
  const underTest = new ReadModelsUnderTest(retention);
  beforeAll(() => underTest.open());
  beforeEach(() => underTest.reset());
  afterAll(() => underTest.close());

  const scored = async (...order: GivenEvent[]) => {
    await underTest.play({ order, batchSize: 50 });
    await onConnection(underTest.pool, (client) =>
      inTransaction(client, new Layout('retention'), 'shared', () => settleScores(client)),
    );
  };
  const values = async () => {
    const { rows } = await underTest.pool.query<{ value: number }>(
      `select value_so_far::float8 as value from retention.scores order by value`,
    );
    expect(await underTest.differences()).toEqual([]);
    return rows.map(({ value }) => value);
  };
  /** How many customers' orders were valued anew, for the transaction number that their rows were written by. */
  const revaluedBy = async (...order: GivenEvent[]) => {
    const write = async () => {
      const { rows } = await underTest.pool.query<{ of: string; by: string }>(
        `select customer_id as of, xmin::text as by from retention_tables.kept_orders`,
      );
      return new Map(rows.map(({ of, by }) => [of, by]));
    };
    const before = await write();
    await scored(...order);
    const after = await write();
    return [...after].filter(([of, by]) => before.get(of) !== by).length;
  };

  const shop = [
    ...decided,
    cost('10', '2026-01-01'),
    placed('A-1', 'user:ann', '2026-03-01'),
    placed('B-1', 'user:bob', '2026-04-01'),
    placed('C-1', 'user:cy', '2026-05-01'),
  ];

  it('is valued anew for who orders, and for nobody else, whatever day it is', async () => {
    await scored(...shop);
    expect(await revaluedBy(placed('A-2', 'user:ann', '2026-05-02'))).toBe(1);
    expect(await revaluedBy(night('2026-07-01'))).toBe(0);
    expect(await values()).toEqual([90, 90, 180]);
  });

  it('is valued anew for who ordered on days for which a cost changes, and what it changes for', async () => {
    await scored(...shop);
    expect(await revaluedBy(cost('20', '2026-04-01'))).toBe(2);
    expect(await revaluedBy(cost('1', '2026-04-01', 'pen'))).toBe(0);
    expect(await values()).toEqual([80, 80, 90]);
  });

  it('is valued anew for who bought what goods of an order cost', async () => {
    await scored(...shop);
    const stated = event('order.cost.stated', 'order:B-1', {
      orderId: 'B-1',
      kind: 'goods',
      cost: eur('70'),
    });
    expect(await revaluedBy(stated)).toBe(1);
    expect(await values()).toEqual([30, 90, 90]);
  });

  it('is valued anew by a rate of the day on which something came back', async () => {
    await scored(
      ...shop,
      rate('0.5', '2026-01-01'),
      event(
        'order.returned',
        'user:ann',
        { returnId: 'R-1', refund: { amount: '20', currency: 'USD' } },
        on('2026-03-09'),
      ),
    );
    expect(await values()).toEqual([81, 90, 90]);
    expect(await revaluedBy(rate('1', '2026-03-05'))).toBe(3);
    expect(await values()).toEqual([72, 90, 90]);
  });

  it('is added up anew by a rate of the day for which a subscription was renewed', async () => {
    await scored(
      ...decided,
      rate('0.5', '2026-01-01'),
      event(
        'subscription.started',
        'user:dan',
        { subscriptionId: 'S-1', plan: 'club', price: eur('10'), period: { count: 1, unit: 'month' } },
        on('2026-03-01'),
      ),
      event(
        'subscription.renewed',
        'user:dan',
        { subscriptionId: 'S-1', periodFrom: '2026-04-01', paid: { amount: '20', currency: 'USD' } },
        on('2026-04-01'),
      ),
    );
    // The first month, that renewal, and two more that are past doubt.
    expect(await values()).toEqual([40]);
    await scored(rate('1', '2026-03-15'));
    expect(await values()).toEqual([50]);
  });

  it('knows of two identifiers of a customer, one with the day of an order and one with its products', async () => {
    await scored(
      ...shop,
      event(
        'order.updated',
        'card:7',
        { orderId: 'A-1', total: eur('50'), lines: [{ sku: 'pen', quantity: 1, price: eur('50') }] },
        on('2026-03-02'),
      ),
      merged('user:ann', 'card:7'),
    );
    expect(await revaluedBy(cost('5', '2026-01-01', 'pen'))).toBe(1);
    expect(await values()).toEqual([45, 90, 90]);
  });

  it('knows of two identifiers of a customer that tell of one order with different days and products', async () => {
    const told = (subject: string, sku: string, time: string) =>
      event(
        'order.placed',
        subject,
        { orderId: 'D-1', total: eur('100'), lines: [{ sku, quantity: 1, price: eur('100') }] },
        { time },
      );
    await scored(
      ...decided,
      cost('10', '2026-01-01'),
      cost('10', '2026-03-01', 'pen'),
      cost('11', '2026-03-02', 'pen'),
      told('user:ann', 'lamp', '2026-03-01T23:50:00.000Z'),
      told('card:7', 'pen', '2026-03-02T00:10:00.000Z'),
      merged('user:ann', 'card:7'),
    );
    expect(await values()).toEqual([90]);
    expect(await revaluedBy(cost('40', '2026-03-01', 'pen', '2026-04-02'))).toBe(1);
    expect(await values()).toEqual([60]);
  });

  it('is of nobody any more who was found to be somebody else', async () => {
    await scored(...shop);
    await scored(merged('user:ann', 'user:bob'), night('2026-07-01'));
    expect(await values()).toEqual([90, 180]);
  });

  it('is begun anew with models of another currency', async () => {
    await scored(...shop, rate('0.5', '2026-01-01'));
    await scored(fitted(2, 'USD'), night('2026-07-01', 2));
    expect(await values()).toEqual([180, 180, 180]);
  });

  it('is begun anew with models by which another part of revenue counts', async () => {
    await scored(...decided, cost('10', '2026-01-01', 'pen'), placed('A-1', 'user:ann', '2026-03-01'));
    expect(await values()).toEqual([100]);
    await scored(fitted(2, 'EUR', 0.4), night('2026-07-01', 2));
    expect(await values()).toEqual([40]);
  });

  it('is begun anew with tables that were built anew', async () => {
    await scored(...shop);
    await underTest.pool.query(
      `update retention_tables.read_model set built_at = now() where name = 'order'`,
    );
    expect(await revaluedBy(cost('20', '2027-01-01'))).toBe(3);
  });
});
