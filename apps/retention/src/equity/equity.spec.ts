import { inTransaction, Layout, onConnection } from '@perennial/read-models';
import { event, serviceUnderTest } from '@perennial/testing';
import fc from 'fast-check';
import { RetentionModule } from '../retention.module.js';
import { followScores } from '../scores/scorer.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import type { Statistics } from '../scores/statistics.js';
import type { Equity, EquityChangeAnswer, EquityPartsAnswer, LeversAnswer } from './equity.answers.js';
import { apportioned, runningSums, type Dimension } from './equity-part.view.js';
import { futureChange } from './future-equity.js';
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
    futureOrders: 300,
    futureSubscriptions: 0,
  };
  const half = leversOf(sums, { marginRate: 1 });
  expect(half).toEqual({ retention: 20, margin: 0.02 * 1300, acquisition: 3 });
  expect(leversOf({ ...sums, valueSoFar: 1000 }, { marginRate: 1 }).margin).toBeCloseTo(half.margin / 2, 9);
});

describe('The change of what is expected of customers to come', () => {
  it('adds up in customers and to the cent', () => {
    const step = fc.record({ customers: fc.nat(1e6), amount: fc.integer({ min: 0, max: 1e12 }) });
    fc.assert(
      fc.property(step, step, step, (before, after, later) => {
        const { start, pace, reestimated, end } = futureChange(before, after, later);
        for (const figure of ['customers', 'amount'] as const)
          expect(start[figure] + pace[figure] + reestimated[figure]).toBe(end[figure]);
      }),
    );
  });
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

  const equity = async () => (await service.get<Equity>('/api/retention/equity')).body;
  const partsBy = async (by: string, more = '') =>
    (await service.get<EquityPartsAnswer>(`/api/retention/equity/parts?by=${by}${more}`)).body;
  const cents = (amount: string | null) => Math.round(Number(amount) * 100);
  const sumOf = (amounts: readonly (string | null)[]) =>
    amounts.reduce((sum, amount) => sum + cents(amount), 0);

  /** Nobody has a group or a risk before the first order; a cohort is still to come. */
  const splits: Record<Dimension, string> = {
    channel: 'by part',
    source: 'by part',
    partner: 'by part',
    product: 'by part',
    category: 'by part',
    cohort: 'one part',
    group: 'none',
    risk: 'none',
  };

  it('is that of present customers and of those to come, by whatever it is split, to the cent', async () => {
    const whole = await equity();
    expect(whole).toMatchObject({ customers: 90, currency: 'EUR' });
    // 90 were won within 148 days.
    expect(whole.futureCustomers).toBe(Math.round((90 * 365) / 148));
    expect(cents(whole.equity)).toBe(cents(whole.lifetimeValue) + cents(whole.futureEquity));
    const alone = cents(whole.valueOfNewCustomer) / Math.sqrt(1.1);
    expect(cents(whole.futureEquity)).toBeCloseTo(((alone * 90) / 148) * 365, -3);
    for (const [by, future] of Object.entries(splits)) {
      const { parts, ...answer } = await partsBy(by);
      expect(answer).toMatchObject({ by, future, futureEquity: whole.futureEquity, others: null });
      expect(answer.futureRule).toContain(whole.futureEquity);
      expect(sumOf(parts.map(({ lifetimeValue }) => lifetimeValue))).toBe(cents(whole.lifetimeValue));
      const expected = future === 'none' ? whole.lifetimeValue : whole.equity;
      expect(sumOf(parts.map((part) => part.equity))).toBe(cents(expected));
      expect(answer.equity).toBe(expected);
      if (future === 'none')
        for (const part of parts)
          expect(part).toMatchObject({ futureCustomers: null, valueOfNewCustomer: null, futureEquity: null });
      else {
        expect(sumOf(parts.map(({ futureEquity }) => futureEquity))).toBe(cents(whole.futureEquity));
        const customers = parts.reduce((sum, { futureCustomers }) => sum + futureCustomers!, 0);
        expect(customers).toBe(whole.futureCustomers);
      }
    }
  });

  it('expects customers by the ways that the last ones came, and what these are worth', async () => {
    const { parts } = await partsBy('channel');
    const byPart = new Map(parts.map((part) => [part.part, part]));
    expect(new Set(byPart.keys())).toEqual(new Set(['web', 'store', null]));
    // As many came by each channel, and each comes as often.
    for (const { futureCustomers } of parts) expect(Math.abs(futureCustomers! - 74)).toBeLessThanOrEqual(1);
    const { rows } = await service.pool.query<{ channel: string | null; worth: number }>(
      `select channel, sum(value_so_far + lifetime_value * power(1.1, (won_on - as_of) / 365.25))::float8 as worth
         from retention.customer_equity group by channel`,
    );
    const all = rows.reduce((sum, { worth }) => sum + worth, 0);
    const { futureEquity, valueOfNewCustomer } = await equity();
    for (const { channel, worth } of rows) {
      const part = byPart.get(channel)!;
      expect(Number(part.futureEquity)).toBeCloseTo((Number(futureEquity) * worth) / all, 1);
      expect(Number(part.valueOfNewCustomer)).toBeCloseTo((3 * Number(valueOfNewCustomer) * worth) / all, 1);
    }
  });

  it('loses no cent in any split, whatever the parts weigh', async () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(weights, fc.integer({ min: 0, max: 1e11 }), async (parts, total) => {
        const { rows } = await service.pool.query<{ sum: string; least: string; most_off: number }>(
          `select round(100 * sum(share))::text as sum, min(share)::text as least,
                  max(abs(share - coalesce($2::numeric / 100 * weight / nullif(weight_of_all, 0), 0)))::float8 as most_off
             from (select *, ${apportioned('($2::numeric / 100)', 'weight', 2)} as share
                     from (select *, ${runningSums('weight')}
                             from (select 'channel' as dimension, nullif(number, 1)::text as part, weight::numeric / 1e4 as weight
                                     from unnest($1::numeric[]) with ordinality w (weight, number)) w) w) w`,
          [parts, total],
        );
        const [{ sum, least, most_off }] = rows as [(typeof rows)[number]];
        expect(sum).toBe(String(parts.some((weight) => weight > 0) ? total : 0));
        expect(Number(least)).toBeGreaterThanOrEqual(0);
        expect(most_off).toBeLessThanOrEqual(0.01);
      }),
      { numRuns: 50 },
    );
  });

  it('is told by partner, product and risk; cohorts to come are one part', async () => {
    const partner = (await partsBy('partner')).parts;
    expect(partner.map(({ part, customers }) => [part, customers])).toEqual(
      expect.arrayContaining([
        ['slow-kitchen', 10],
        [null, 80],
      ]),
    );
    expect((await partsBy('product')).parts).toMatchObject([
      { part: 'LAMP', customers: 90, share: '1.0000' },
    ]);
    const risk = (await partsBy('risk')).parts;
    expect(risk.map(({ part }) => part)).toEqual(expect.arrayContaining(['low']));
    const whole = await equity();
    const future = (await partsBy('cohort')).parts.find(({ part }) => part === 'future');
    expect(future).toMatchObject({
      customers: 0,
      lifetimeValue: '0.00',
      averageLifetimeValue: null,
      futureCustomers: whole.futureCustomers,
      futureEquity: whole.futureEquity,
      equity: whole.futureEquity,
    });
    expect((await partsBy('risk')).futureRule).toBe(
      `Customers of the next year (worth ${whole.futureEquity} EUR) are in no part, as they have no churn risk yet: the parts add up to what present customers are worth.`,
    );
    for (const by of ['sku', 'risk_band', 'customer_id'])
      expect(await service.get(`/api/retention/equity/parts?by=${by}`)).toMatchObject({ status: 400 });
  });

  it('lists the parts with the most of it, and what all others are together', async () => {
    const all = (await partsBy('cohort')).parts;
    const { parts, others, equity: sum } = await partsBy('cohort', '&limit=2');
    expect(parts).toEqual(all.slice(0, 2));
    expect(others).toMatchObject({ part: null, parts: all.length - 2 });
    expect(cents(others!.equity)).toBe(sumOf(all.slice(2).map((part) => part.equity)));
    expect(sumOf([...parts, others!].map((part) => part.equity))).toBe(cents(sum));
  });

  it('is the same for analysts', async () => {
    const { rows } = await service.pool.query<object>(
      `select p.dimension, sum(p.equity)::text as equity
         from retention.equity_part p where p.dimension in ('channel', 'risk') group by 1 order by 1`,
    );
    const { equity: whole, lifetimeValue } = await equity();
    expect(rows).toEqual([
      { dimension: 'channel', equity: whole },
      { dimension: 'risk', equity: lifetimeValue },
    ]);
  });

  it('changes in steps that add up exactly, between any two days', async () => {
    const path = `/api/retention/equity/change?from=${day(60)}&to=${day(120)}`;
    const { body } = await service.get<EquityChangeAnswer>(path);
    const { start, won, grown, shrunk, lost, reestimated, end } = body;
    expect(start.customers).toBe(61);
    expect(won.customers).toBe(29);
    const steps = [start, won, grown, shrunk, lost, reestimated];
    expect(sumOf(steps.map(({ amount }) => amount))).toBe(cents(end.amount));
    const { future, equityBefore, equityAfter } = body;
    // One customer a day within 61 days, then 90 within 121.
    expect(future.start.customers).toBe(365);
    expect(future.end.customers).toBe(Math.round((90 * 365) / 121));
    expect(future.start.customers + future.pace.customers).toBe(future.end.customers);
    expect(cents(future.pace.amount)).toBeLessThan(0);
    const all = [...steps, future.start, future.pace, future.reestimated];
    expect(sumOf(all.map(({ amount }) => amount))).toBe(cents(equityAfter));
    expect(cents(equityBefore)).toBe(cents(start.amount) + cents(future.start.amount));
    expect(cents(equityAfter)).toBe(cents(end.amount) + cents(future.end.amount));
    expect(await service.get('/api/retention/equity/change?from=2025-03-02&to=2025-03-01')).toMatchObject({
      status: 400,
      body: { detail: 'from (2025-03-02) is after to (2025-03-01): swap the two.' },
    });
  });

  it('is at the end of a change what it is today', async () => {
    const { asOf, ...whole } = await equity();
    const { body } = await service.get<EquityChangeAnswer>(
      `/api/retention/equity/change?from=${day(60)}&to=${asOf}`,
    );
    expect(body).toMatchObject({
      end: { customers: 90, amount: whole.lifetimeValue },
      future: { end: { customers: whole.futureCustomers, amount: whole.futureEquity } },
      equityAfter: whole.equity,
    });
  });

  it('tells what one more point is worth', async () => {
    const { body } = await service.get<LeversAnswer>('/api/retention/equity/levers');
    for (const lever of [body.retention, body.margin, body.acquisition])
      expect(Number(lever)).toBeGreaterThan(0);
  });

  it('tells how far it may be off because the models are estimates', async () => {
    const { lifetimeValue, lifetimeValueLow, lifetimeValueHigh } = await equity();
    expect(Number(lifetimeValueLow)).toBeLessThan(0.99 * Number(lifetimeValue));
    expect(Number(lifetimeValueHigh)).toBeGreaterThan(1.01 * Number(lifetimeValue));
  });

  it('is kept as it was known each time', async () => {
    const { rows } = await service.pool.query<{ customers: number; lifetime_value: string }>(
      'select customers, lifetime_value from retention.equity_history',
    );
    const { body } = await service.get<{ lifetimeValue: string }>('/api/retention/equity');
    expect(rows).toEqual([{ customers: 90, lifetime_value: body.lifetimeValue }]);
  });

  const scoreEverybody = () =>
    onConnection(service.pool, (client) =>
      inTransaction(client, new Layout('retention'), 'shared', () => followScores(client, true)),
    );
  const rateFrom = (from: string) =>
    event('exchange.rate.published', 'currency:EUR', { base: 'EUR', quote: 'JPY', rate: '160', day: from });

  it('is hardly moved, in those to come and in their split, by an order of 1900 or of 10^14', async () => {
    const sharesOf = (answer: EquityPartsAnswer) =>
      new Map(
        answer.parts.map(({ part, futureEquity }) => [
          part,
          Number(futureEquity) / Number(answer.futureEquity),
        ]),
      );
    const ordered = (name: string, amount: string, on: string) =>
      event(
        'order.placed',
        `user:${name}`,
        {
          orderId: name,
          total: { amount, currency: 'EUR' },
          channel: 'store',
          lines: [{ sku: 'lamp', quantity: 1, price: { amount, currency: 'EUR' } }],
        },
        { time: `${on}T12:00:00.000Z` },
      );
    const before = { whole: await equity(), shares: sharesOf(await partsBy('channel')) };
    await service.given(ordered('of-1900', '20', '1900-01-01'), ordered('dear', '100000000000000', day(140)));
    await scoreEverybody();
    const whole = await equity();
    expect(Number(whole.lifetimeValue)).toBeGreaterThan(1e9);
    expect(whole.futureCustomers).toBe(Math.round((91 * 365) / 148));
    expect(Number(whole.futureEquity) / Number(before.whole.futureEquity)).toBeCloseTo(91 / 90, 4);
    const split = await partsBy('channel');
    expect(split.futureRule).toContain('won in the last 148 days');
    expect(sumOf(split.parts.map(({ futureEquity }) => futureEquity))).toBe(cents(whole.futureEquity));
    for (const [part, share] of sharesOf(split))
      expect(Math.abs(share - before.shares.get(part)!)).toBeLessThan(0.04);
    const { body } = await service.get<EquityChangeAnswer>(
      `/api/retention/equity/change?from=${day(120)}&to=${whole.asOf}`,
    );
    expect(body.future.end).toMatchObject({ customers: whole.futureCustomers });
    // A mistake is cancelled.
    await service.given(
      ...['of-1900', 'dear'].map((name) =>
        event('order.cancelled', `user:${name}`, { orderId: name }, { time: `${day(147)}T13:00:00.000Z` }),
      ),
    );
    await scoreEverybody();
    expect(await equity()).toEqual(before.whole);
  });

  it('stays in the currency before until rates give most of what was bought a value in another', async () => {
    // Each order is valued by itself.
    const cost = { sku: 'kettle', cost: { amount: '1', currency: 'EUR' } };
    await service.given(event('product.cost.stated', 'product:kettle', cost));
    await scoreEverybody();
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
          /No order or subscription has a value in JPY.* for EUR \(223 orders, 0 refunds, 0 subscriptions, from 2025-01-01 on\).*Version 1 stays in force/,
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
    // With rates for some of the orders.
    await scoreEverybody();
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
