import { event, publishedFits, serviceUnderTest } from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import {
  fitReason,
  modelsAfter,
  refreshDue,
  scoringDay,
  type FittedModels,
  type Models,
} from './models.decider.js';

const population = {
  customers: 100,
  orderDays: 200,
  subscriptions: 0,
  endedSubscriptions: 0,
  currency: 'EUR',
  exchangeRates: 3,
};
const failed = (exchangeRates?: number) => ({
  type: 'model.fit.failed',
  data: { asOf: '2026-03-08', exchangeRates },
});
const fitted = (more: Partial<FittedModels> = {}): FittedModels => ({
  version: 1,
  asOf: '2026-03-01',
  reason: 'first',
  population: { customers: 100, repeatCustomers: 40, orderDays: 200 },
  assumptions: {
    horizonDays: 365,
    discountRate: 0.1,
    marginRate: 1,
    elevatedRisk: 0.5,
    highRisk: 0.8,
    hysteresis: 0.05,
  },
  currency: 'EUR',
  orders: publishedFits.bgNbd,
  averageValue: 30,
  ...more,
});
const after = (...events: { type: string; data: unknown }[]): Models => modelsAfter(events);
const first = { type: 'model.fitted', data: fitted() };

describe('A fit is due', () => {
  it.each<[string, Models, object, string, string | undefined]>([
    ['when there is none', after(), {}, '2026-03-01', 'first'],
    ['not while nobody has ordered', after(), { customers: 0 }, '2026-03-01', undefined],
    ['not while the last one is new', after(first), {}, '2026-03-07', undefined],
    ['when the last one is a week old', after(first), {}, '2026-03-08', 'schedule'],
    ['when there are many more customers', after(first), { customers: 125 }, '2026-03-02', 'drift'],
    ['when there are many fewer orders', after(first), { orderDays: 160 }, '2026-03-02', 'drift'],
    ['when the first customers subscribe', after(first), { subscriptions: 1 }, '2026-03-02', 'drift'],
    ['when values are told in another currency', after(first), { currency: 'USD' }, '2026-03-02', 'currency'],
    ['not for orders on which it has failed', after(first, failed(3)), {}, '2026-03-08', undefined],
    [
      'for the same orders once other rates are known',
      after(first, failed(3)),
      { exchangeRates: 4 },
      '2026-03-08',
      'schedule',
    ],
    [
      'for the same orders in another currency than it failed in',
      after(first, { ...failed(3), data: { ...failed(3).data, currency: 'CHF' } }),
      { currency: 'USD' },
      '2026-03-08',
      'currency',
    ],
    [
      'not for orders on which it failed without any rate',
      after(first, failed()),
      { exchangeRates: 0 },
      '2026-03-08',
      undefined,
    ],
  ])('%s', (_, models, changed, asOf, reason) =>
    expect(fitReason(models, { ...population, ...changed }, asOf)).toBe(reason),
  );

  it('anew on the next day after it has failed, and the version before stays in force until then', () => {
    const models = after(first, failed(3));
    expect(models.current?.version).toBe(1);
    expect(fitReason(models, population, '2026-03-09')).toBe('schedule');
  });
});

describe('Scores are refreshed', () => {
  const scored = { type: 'scores.refreshed', data: { asOf: '2026-03-02', modelVersion: 1 } };

  it('once a day and once a version', () => {
    expect(refreshDue(after(), '2026-03-02')).toBeUndefined();
    expect(refreshDue(after(first), '2026-03-02')).toEqual(scored.data);
    expect(refreshDue(after(first, scored), '2026-03-02')).toBeUndefined();
    expect(refreshDue(after(first, scored), '2026-03-03')).toEqual({ asOf: '2026-03-03', modelVersion: 1 });
    const second = { type: 'model.fitted', data: fitted({ version: 2 }) };
    expect(refreshDue(after(first, scored, second), '2026-03-02')).toEqual({
      asOf: '2026-03-02',
      modelVersion: 2,
    });
  });

  it('as of yesterday, or of the last order where orders end long before', () => {
    const now = new Date('2026-03-10T00:00:01Z');
    expect(scoringDay(now, '2026-03-09')).toBe('2026-03-09');
    expect(scoringDay(now, '2026-03-10')).toBe('2026-03-09');
    expect(scoringDay(now, '2025-12-10')).toBe('2026-03-09');
    expect(scoringDay(now, '2011-12-09')).toBe('2011-12-09');
  });
});

describe('A company with a handful of customers', () => {
  const service = serviceUnderTest(RetentionModule);
  const clock = () => service.app.get(ScoringClock);
  const money = { amount: '20', currency: 'EUR' };
  const placed = (orderId: string, subject: string, time: string) =>
    event(
      'order.placed',
      subject,
      { orderId, total: money, lines: [{ sku: 'lamp', quantity: 1, price: money }] },
      { time },
    );

  it('is told when a fit fails, and that nothing is in force yet', async () => {
    // Of today or tomorrow, also where a day ends meanwhile.
    await service.given(placed('A-0', 'user:ann', new Date(Date.now() + 12 * 3_600_000).toISOString()));
    expect(await service.post('/api/retention/models', {})).toMatchObject({
      status: 409,
      body: { code: 'nothing-fitted' },
    });
    await service.given();
    const { body } = await service.get('/api/retention/models/failures');
    expect(body).toEqual([
      expect.objectContaining({
        keptVersion: null,
        problem: expect.stringContaining('No customer has an order or a subscription'),
      }),
    ]);
    expect(await service.get('/api/retention/models/1')).toMatchObject({ status: 404 });
  });

  it('gets scores that lean on a prior, and is told so', async () => {
    await service.given(
      placed('A-1', 'user:ann', '2026-01-01T12:00:00.000Z'),
      placed('A-2', 'user:ann', '2026-02-01T12:00:00.000Z'),
      placed('B-1', 'user:bob', '2026-01-15T12:00:00.000Z'),
      placed('C-1', 'user:cid', '2026-02-15T12:00:00.000Z'),
    );
    const { status, body } = await service.post<FittedModels>('/api/retention/models', { horizonDays: 90 });
    expect(status).toBe(200);
    expect(body.prior).toContain('weak prior around');
    expect(body.assumptions.horizonDays).toBe(90);
    expect(body.holdout).toBeUndefined();
    await clock().follow();
    const { rows } = await service.pool.query<{ churn_risk: string; lifetime_value: string }>(
      'select churn_risk, lifetime_value from retention.scores',
    );
    expect(rows).toHaveLength(3);
    for (const { churn_risk, lifetime_value } of rows) {
      expect(Number(churn_risk)).toBeGreaterThan(0);
      expect(Number(lifetime_value)).toBeGreaterThanOrEqual(0);
    }
  });

  it('is fitted anew, once, when there are a quarter more customers', async () => {
    await service.given();
    await service.given(placed('D-1', 'user:dan', '2026-02-16T12:00:00.000Z'));
    await clock().decide();
    await service.given();
    // One order is of today, which no fit knows.
    await clock().decide();
    await service.given();
    const { body } = await service.get<{ items: { reason: string; customers: number }[] }>(
      '/api/retention/models',
    );
    expect(body.items.map(({ reason, customers }) => [reason, customers])).toEqual([
      ['drift', 4],
      ['asked', 3],
    ]);
  });

  it('is told that nothing was fitted, and what stays in force, where all orders are cancelled', async () => {
    const cancelled = ['A-0', 'A-1', 'A-2', 'B-1', 'C-1', 'D-1'].map((orderId) =>
      event('order.cancelled', `user:${{ A: 'ann', B: 'bob', C: 'cid', D: 'dan' }[orderId[0]!]!}`, {
        orderId,
      }),
    );
    await service.given(...cancelled);
    const { status, body } = await service.post<{ code: string; detail: string }>('/api/retention/models', {
      horizonDays: 180,
    });
    expect([status, body.code]).toEqual([409, 'nothing-fitted']);
    expect(body.detail).toMatch(/No customer has an order or a subscription.* Version 2 stays in force\./);
  });
});
