import { event, members, monthly, notice, serviceUnderTest, subscribed } from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import type { FittedModels } from '../models/models.decider.js';
import type {
  Equity,
  EquityChangeAnswer,
  EquityPart,
  EquityPartsAnswer,
  LeversAnswer,
} from './equity.answers.js';
import { valueOfNewBuyer, valuesOfNewSubscriptions } from './new-customer.js';
import { DIMENSIONS } from './equity-part.view.js';
import { leversOf, type EquitySums } from './levers.js';

const TODAY = 30;
const money = (amount: string) => ({ amount, currency: 'EUR' });
const ordered = (name: string, ...months: number[]) =>
  months.map((month) =>
    event(
      'order.placed',
      `user:${name}`,
      {
        orderId: `${name}-${month}`,
        total: money('20'),
        channel: 'web',
        lines: [{ sku: 'lamp', quantity: 1, price: money('20') }],
      },
      { time: `${monthly(month)}T12:00:00.000Z` },
    ),
  );

/** 60 members from month 0 to 19 on, one who left late, one who is new, 30 who buy and never subscribe. */
const history = [
  ...members(60, TODAY),
  ...subscribed('late', { first: 4, last: 28 }),
  notice('late', 28),
  ...subscribed('new', { first: 29, last: TODAY }),
  ...ordered('late', 5, 6),
  ...Array.from({ length: 30 }, (_, each) =>
    ordered(`buyer-${each}`, each, ...(each % 3 === 0 ? [each + 1] : [])),
  ).flat(),
];

const dayBefore = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
const cents = (amount: string) => Math.round(Number(amount) * 100);
const sumOf = (parts: readonly EquityPart[], of: 'lifetimeValue' | 'futureEquity') =>
  parts.reduce((sum, part) => sum + cents(part[of] ?? '0'), 0);

describe('Customer equity of a company with subscribers and others', () => {
  const service = serviceUnderTest(RetentionModule);
  const equity = async () => (await service.get<Equity>('/api/retention/equity')).body;
  const levers = async () => (await service.get<LeversAnswer>('/api/retention/equity/levers')).body;
  const partsBy = async (by: string) =>
    (await service.get<EquityPartsAnswer>(`/api/retention/equity/parts?by=${by}`)).body.parts;
  const changed = async (from: string, to: string) =>
    (await service.get<EquityChangeAnswer>(`/api/retention/equity/change?from=${from}&to=${to}`)).body;

  beforeAll(async () => {
    await service.given(...history);
    const clock = service.app.get(ScoringClock);
    await clock.decide();
    await clock.follow();
    await service.given();
  });

  it('is the sum over all of them, by whatever it is split; who never ordered came by no channel', async () => {
    const { lifetimeValue, customers, futureEquity, futureCustomers } = await equity();
    expect(customers).toBe(92);
    for (const [by, future] of Object.entries(DIMENSIONS)) {
      const parts = await partsBy(by);
      expect(sumOf(parts, 'lifetimeValue')).toBe(cents(lifetimeValue));
      expect(sumOf(parts, 'futureEquity')).toBe(future === 'none' ? 0 : cents(futureEquity));
    }
    const byChannel = new Map((await partsBy('channel')).map((part) => [part.part, part]));
    const [web, none] = [byChannel.get('web')!, byChannel.get(null)!];
    expect(none.customers).toBe(61);
    expect(web.customers).toBe(31);
    expect(none.futureCustomers! + web.futureCustomers!).toBe(futureCustomers);
    // Members pay every month; most buyers order once.
    expect(Number(none.valueOfNewCustomer)).toBeGreaterThan(Number(web.valueOfNewCustomer));
  });

  it('changes in steps that add up exactly, whether it comes of orders or of subscriptions', async () => {
    for (const [from, to] of [
      [10, 20],
      [20, 28],
      [27, TODAY],
    ] as const) {
      const { start, won, grown, shrunk, lost, reestimated, end } = await changed(monthly(from), monthly(to));
      expect(
        [start, won, grown, shrunk, lost, reestimated].reduce((sum, { amount }) => sum + cents(amount), 0),
      ).toBe(cents(end.amount));
      expect(start.customers + won.customers).toBe(end.customers);
    }
    const { lifetimeValue, futureCustomers, futureEquity } = await equity();
    expect(await changed(monthly(27), monthly(TODAY))).toMatchObject({
      end: { amount: lifetimeValue },
      future: { end: { customers: futureCustomers, amount: futureEquity } },
    });
  });

  it('is won with the first subscription, and lost with a notice', async () => {
    // Nobody else comes or goes within these days.
    const { won } = await changed(dayBefore(monthly(29)), monthly(29));
    expect(won.customers).toBe(2);
    expect(Number(won.amount)).toBeGreaterThan(0);
    const { lost } = await changed(dayBefore(monthly(28)), monthly(28));
    expect(lost.customers).toBe(1);
    expect(Number(lost.amount)).toBeLessThan(0);
  });

  it('gains by one more renewal in a hundred what follows from these renewals', async () => {
    const { body: models } = await service.get<{
      subscriptions: { renewal: { parameters: { alpha: number; beta: number } } }[];
    }>('/api/retention/models/1');
    const { alpha, beta } = models.subscriptions[0]!.renewal.parameters;
    const { rows } = await service.pool.query<{ renewals: number; worth: number }>(
      `select renewals, subscription_lifetime_value::float8 as worth
         from retention.scores where subscriptions - subscriptions_ending = 1`,
    );
    expect(rows.length).toBeGreaterThan(15);
    const ofSubscriptions = rows.reduce((sum, { renewals, worth }) => {
      const rate = (beta + renewals) / (alpha + beta + renewals);
      return sum + (Math.min(0.01, 1 - rate) * worth) / rate;
    }, 0);
    const { rows: alive } = await service.pool.query<{ sum: number }>(
      `select sum(least(0.01, 1 - alive) * (lifetime_value - coalesce(subscription_lifetime_value, 0)) / alive)::float8
         from retention.scores where alive > 0`,
    );
    expect(Number((await levers()).retention)).toBeCloseTo(ofSubscriptions + alive[0]!.sum, 1);
  });

  it('gains by one more cent of margin what a fit with one more gives', async () => {
    const fit = async (marginRate: number) => {
      await service.post('/api/retention/models', { marginRate });
      await service.given();
      const { lifetimeValue, futureEquity } = await equity();
      return Number(lifetimeValue) + Number(futureEquity);
    };
    const before = await fit(0.5);
    const { margin } = await levers();
    const after = await fit(0.51);
    expect(Number(margin)).toBeCloseTo(after - before, 0);
  });
});

describe('A new subscription', () => {
  const YEAR = 365.2425;
  // With alpha = beta = 1 the share that is renewed n times is 1/(n+1): with twenty renewals the harmonic series.
  const models = {
    subscriptions: [
      { averageFee: 60, renewal: { model: 'sbg', parameters: { alpha: 1, beta: 1 }, unitDays: YEAR } },
    ],
    assumptions: { discountRate: 0, marginRate: 0.4 },
  } as unknown as FittedModels;
  const periods = Array.from({ length: 1 + 20 }, (_, n) => 1 / (n + 1)).reduce((sum, each) => sum + each, 0);

  it('is worth every period, from the first one on', () => {
    const [term, ...others] = valuesOfNewSubscriptions(models);
    expect(others).toEqual([]);
    expect(term!.periodDays).toBe(YEAR);
    expect(term!.value).toBeCloseTo(60 * periods, 9);
    expect(valueOfNewBuyer(models)).toBeUndefined();
  });

  it('gains by margin and by acquisition what all of them do, by retention what those do who are there', () => {
    const sums: EquitySums = {
      lifetimeValue: 1000,
      subscriptionLifetimeValue: 1000,
      onePointMoreAlive: 2,
      valueSoFar: 0,
      netRevenue: 0,
      futureOrders: 0,
      futureSubscriptions: 500,
    };
    const { retention, margin, acquisition } = leversOf(sums, models.assumptions, 3);
    expect([retention, acquisition]).toEqual([5, 5]);
    expect(margin).toBeCloseTo((0.01 / 0.4) * 1500, 9);
  });
});
