import { event, serviceUnderTest } from '@perennial/testing';
import fc from 'fast-check';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import type { Statistics } from '../scores/statistics.js';
import type { EquityChangeAnswer, EquityPart, LeversAnswer } from './equity.answers.js';
import { leversOf, type EquitySums } from './levers.js';
import { waterfall, type Valuation } from './waterfall.js';

/** Customers by number, each with what it is worth and whether it is lost. */
const valued = (customers: ReadonlyMap<number, { worth: number; lost?: boolean }>): Valuation => {
  const sorted = [...customers].sort(([one], [other]) => one - other);
  const customerId = Buffer.alloc(16 * sorted.length);
  sorted.forEach(([number], row) => customerId.writeUInt32BE(number, row * 16));
  return {
    statistics: { size: sorted.length, customerId } as Statistics,
    worth: Float64Array.from(sorted, ([, { worth }]) => worth),
    lost: Uint8Array.from(sorted, ([, { lost }]) => Number(lost ?? false)),
  };
};

describe('The change of customer equity', () => {
  it('is told step by step', () => {
    const before = valued(
      new Map([
        [1, { worth: 100 }],
        [2, { worth: 200 }],
        [3, { worth: 300 }],
        [5, { worth: 50 }],
        [6, { worth: 5 }],
      ]),
    );
    const after = new Map([
      [1, { worth: 150 }],
      [2, { worth: 180 }],
      [3, { worth: 20, lost: true }],
      [4, { worth: 70 }],
      [5, { worth: 50 }],
    ]);
    const byLaterModels = new Map([...after].map(([id, { worth }]) => [id, { worth: worth + 1 }]));
    expect(waterfall(before, valued(after), valued(byLaterModels))).toEqual({
      start: { customers: 5, amount: 655 },
      won: { customers: 1, amount: 70 },
      grown: { customers: 1, amount: 50 },
      shrunk: { customers: 1, amount: -20 },
      lost: { customers: 2, amount: -285 },
      reestimated: { customers: 5, amount: 5 },
      end: { customers: 5, amount: 475 },
    });
  });

  it('adds up to the cent, whoever comes, goes and is thought of differently', () => {
    const worth = fc.record({ worth: fc.integer({ min: 0, max: 1e9 }), lost: fc.boolean() });
    const customer = fc.record({ before: fc.option(worth), after: fc.option(worth), later: worth });
    fc.assert(
      fc.property(fc.array(customer, { maxLength: 50 }), (customers) => {
        const of = (name: 'before' | 'after' | 'later') =>
          valued(
            new Map(
              customers.flatMap((each, id) =>
                // Both models of the later day are asked about the same customers.
                each[name] && (name === 'before' || each.after) ? [[id, each[name]] as const] : [],
              ),
            ),
          );
        const steps = waterfall(of('before'), of('after'), of('later'));
        const { start, won, grown, shrunk, lost, reestimated, end } = steps;
        const sum = [start, won, grown, shrunk, lost, reestimated].reduce(
          (total, { amount }) => total + amount,
          0,
        );
        expect(sum).toBe(end.amount);
        const gone = customers.filter(({ before, after }) => before && !after).length;
        expect(start.customers + won.customers - gone).toBe(end.customers);
      }),
    );
  });
});

it('One more point of margin is worth more, the less margin there is', () => {
  const sums: EquitySums = {
    lifetimeValue: 1000,
    subscriptionLifetimeValue: 0,
    onePointMoreAlive: 20,
    valueSoFar: 500,
    netRevenue: 1000,
    wonCustomers: 30,
    wonBuyers: 30,
    wonWithinDays: 365,
    wonSubscriptions: [],
  };
  const models = {
    orders: {
      model: 'bg-nbd',
      parameters: { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 },
      unitDays: 7,
      converged: true,
      problems: [],
    },
    assumptions: { discountRate: 0.1, marginRate: 1 },
    averageValue: 10,
  } as unknown as Parameters<typeof leversOf>[1];
  const half = leversOf(sums, models);
  expect(half.future.customers).toBe(30);
  expect(half.future.valueOfEach).toBeGreaterThan(10);
  expect(half.margin).toBeCloseTo(0.02 * (1000 + half.future.equity), 9);
  expect(leversOf({ ...sums, valueSoFar: 1000 }, models).margin).toBeCloseTo(half.margin / 2, 9);
  expect(leversOf({ ...sums, wonWithinDays: 73 }, models).future.customers).toBe(150);
});

describe('Customer equity over HTTP', () => {
  const service = serviceUnderTest(RetentionModule);
  const money = { amount: '20', currency: 'EUR' };
  const day = (number: number) =>
    new Date(Date.UTC(2025, 0, 1) + number * 86_400_000).toISOString().slice(0, 10);
  const channels = ['web', 'store', undefined];

  beforeAll(async () => {
    const orders = Array.from({ length: 90 }, (_, customer) =>
      Array.from({ length: 1 + (customer % 4) }, (_, order) =>
        event(
          'order.placed',
          `user:${customer}`,
          {
            orderId: `${customer}-${order}`,
            total: money,
            channel: channels[customer % 3],
            ...(customer % 9 === 0 && { campaign: { source: 'newsletter', medium: 'email' } }),
            ...(customer % 9 === 1 && { campaign: { source: 'slow-kitchen', medium: 'Affiliate' } }),
            lines: [{ sku: 'lamp', category: 'Lighting', quantity: 1, price: money }],
          },
          { time: `${day(customer + order * 20)}T12:00:00.000Z` },
        ),
      ),
    ).flat();
    await service.given(...orders);
    const clock = service.app.get(ScoringClock);
    await clock.decide();
    await clock.follow();
    await service.given();
  });

  it('is the sum of all lifetime values, by whatever it is split', async () => {
    const { body } = await service.get<{ lifetimeValue: string; customers: number }>('/api/retention/equity');
    expect(body).toMatchObject({ customers: 90, currency: 'EUR', futureCustomers: expect.any(Number) });
    const cents = (amount: string) => Math.round(Number(amount) * 100);
    for (const by of ['channel', 'source', 'partner', 'sku', 'category', 'cohort', 'group', 'risk_band']) {
      const parts = (await service.get<EquityPart[]>(`/api/retention/equity/parts?by=${by}`)).body;
      expect(parts.reduce((sum, { lifetimeValue }) => sum + cents(lifetimeValue), 0)).toBe(
        cents(body.lifetimeValue),
      );
    }
    const channel = (await service.get<EquityPart[]>('/api/retention/equity/parts?by=channel')).body;
    expect(new Set(channel.map(({ part }) => part))).toEqual(new Set(['web', 'store', null]));
    const partner = (await service.get<EquityPart[]>('/api/retention/equity/parts?by=partner')).body;
    expect(partner.map(({ part, customers }) => [part, customers])).toEqual(
      expect.arrayContaining([
        ['slow-kitchen', 10],
        [null, 80],
      ]),
    );
    expect(await service.get('/api/retention/equity/parts?by=customer_id')).toMatchObject({ status: 400 });
  });

  it('changes in steps that add up exactly, between any two days', async () => {
    const path = `/api/retention/equity/change?from=${day(60)}&to=${day(120)}`;
    const { body } = await service.get<EquityChangeAnswer>(path);
    const { start, won, grown, shrunk, lost, reestimated, end } = body;
    const cents = ({ amount }: { amount: string }) => Math.round(Number(amount) * 100);
    expect(start.customers).toBe(61);
    expect(won.customers).toBe(29);
    expect([start, won, grown, shrunk, lost, reestimated].reduce((sum, step) => sum + cents(step), 0)).toBe(
      cents(end),
    );
    expect(await service.get('/api/retention/equity/change?from=2025-03-02&to=2025-03-01')).toMatchObject({
      status: 400,
    });
  });

  it('tells what one more point is worth', async () => {
    const { body } = await service.get<LeversAnswer>('/api/retention/equity/levers');
    for (const lever of [body.retention, body.margin, body.acquisition])
      expect(Number(lever)).toBeGreaterThan(0);
  });

  it('is kept as it was known each time', async () => {
    const { rows } = await service.pool.query<{ customers: number; lifetime_value: string }>(
      'select customers, lifetime_value from retention.equity_history',
    );
    const { body } = await service.get<{ lifetimeValue: string }>('/api/retention/equity');
    expect(rows).toEqual([{ customers: 90, lifetime_value: body.lifetimeValue }]);
  });

  const rateFrom = (from: string) =>
    event('exchange.rate.published', 'currency:EUR', { base: 'EUR', quote: 'JPY', rate: '160', day: from });

  it('stays in the currency before until rates give most of what was bought a value in another', async () => {
    const { body } = await service.get('/api/retention/equity');
    await service.given(
      event('reporting.currency.set', 'setting:reporting-currency', { currency: 'JPY' }),
      rateFrom(day(149)),
    );
    expect(await service.post('/api/retention/models', {})).toMatchObject({
      status: 409,
      body: {
        code: 'nothing-fitted',
        detail: expect.stringMatching(
          /No order or subscription has a value in JPY.* for EUR \(223 orders, 0 subscriptions, from 2025-01-01 on\).*Version 1 stays in force/,
        ),
      },
    });
    await service.given(rateFrom(day(100)));
    expect(await service.post('/api/retention/models', {})).toMatchObject({
      status: 409,
      body: {
        detail: expect.stringMatching(/Only \d+ % of the orders and subscriptions have a value in JPY/),
      },
    });
    expect((await service.get('/api/retention/equity')).body).toEqual(body);
  });

  it('is not compared over two reporting currencies', async () => {
    await service.given(rateFrom('2024-01-01'));
    // The rate was what it failed for: nobody has to ask.
    await service.app.get(ScoringClock).decide();
    expect((await service.get<{ items: unknown[] }>('/api/retention/models')).body.items[0]).toMatchObject({
      version: 2,
      reason: 'currency',
    });
    await service.app.get(ScoringClock).follow();
    await service.given();
    expect((await service.get('/api/retention/equity')).body).toMatchObject({ currency: 'JPY' });
    expect(await service.get(`/api/retention/equity/change?from=${day(60)}&to=2026-01-01`)).toMatchObject({
      status: 409,
      body: { code: 'currency-changed' },
    });
  });
});
