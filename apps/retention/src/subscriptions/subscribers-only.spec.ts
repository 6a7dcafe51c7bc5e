import { inTransaction, Layout, onConnection, RunnerRegistry, verify } from '@perennial/read-models';
import { event, members, monthly, notice, serviceUnderTest, subscribed } from '@perennial/testing';
import type { Equity, EquityPartsAnswer } from '../equity/equity.answers.js';
import { GroupsClock } from '../groups/groups.clock.js';
import { RetentionModule } from '../retention.module.js';
import type { Explanation, Score } from '../scores/scores.answers.js';
import { followScores } from '../scores/scorer.js';
import { ScoringClock } from '../scores/scoring.clock.js';

const TODAY = 30;
const dollarsInEuros = (rate: string, month: number) =>
  event(
    'exchange.rate.published',
    'currency:USD',
    { base: 'USD', quote: 'EUR', rate, day: monthly(month) },
    { time: `${monthly(month)}T00:00:00.000Z` },
  );
/** 180 members, of whom most have left; two with the same course, one of whom pays in dollars. */
const history = [
  ...members(180, TODAY),
  ...subscribed('veteran', { first: 0, last: TODAY }),
  ...subscribed('newcomer', { first: TODAY, last: TODAY }),
  ...subscribed('home', { first: 20, last: TODAY, price: '12' }),
  ...subscribed('abroad', { first: 20, last: TODAY, price: '12', currency: 'USD' }),
];
const rates = [dollarsInEuros('0.9', 20), dollarsInEuros('0.8', 25), dollarsInEuros('0.5', 29)];

describe('A company whose customers only subscribe', () => {
  const service = serviceUnderTest(RetentionModule);
  const idOf = (name: string) => service.subjectIdOf(`user:${name}`);
  const get = async <Body>(path: string) => (await service.get<Body>(`/api/retention${path}`)).body;
  const scoreOf = (name: string, asOf?: string) =>
    get<Score>(`/scores/${idOf(name)}${asOf ? `?asOf=${asOf}` : ''}`);
  const groupOf = (name: string) =>
    get<{ group: string; changes: { from: string; to: string; reasons: string[] }[] }>(
      `/groups/customers/${idOf(name)}`,
    );
  const scored = async () => {
    await onConnection(service.pool, (client) =>
      inTransaction(client, new Layout('retention'), 'shared', () => followScores(client, true)),
    );
    await service.app.get(ScoringClock).follow();
    await service.given();
  };
  const grouped = async () => {
    await service.app.get(GroupsClock).decide();
    await service.given();
  };

  beforeAll(async () => {
    await service.given(...history);
    await service.app.get(ScoringClock).decide();
    await scored();
    await grouped();
    // Nothing more is due.
    await service.app.get(ScoringClock).decide();
    await service.given();
  });

  it('is told what it can be told: models of subscriptions, and none of orders', async () => {
    expect(await get('/models')).toMatchObject({
      items: [{ version: 1, customers: 0, subscriptions: 184, orderModel: null, converged: null }],
    });
    expect(await get('/equity')).toMatchObject({ customers: 184, currency: 'EUR', modelVersion: 1 });
    expect(await get<Score>(`/scores/${idOf('veteran')}`)).toMatchObject({
      frequency: null,
      alive: null,
      expectedOrders: '0.000',
      subscriptions: 1,
      renewals: 30,
      riskBand: 'low',
    });
  });

  it('is told how well renewals were foretold that the model had not seen, beside naive rules', async () => {
    const { rows } = await service.pool.query<{ candidate: string; customers: number; predicted: number }>(
      `select foretold, candidate, naive, chosen, customers, actual, predicted::float8, brier_score > 0 as has_brier_score
         from retention.model_quality where version = 1 order by naive, candidate`,
    );
    const shared = { foretold: 'renewals', customers: expect.any(Number), actual: expect.any(Number) };
    expect(rows).toMatchObject([
      { ...shared, candidate: 'sbg', naive: false, chosen: true, has_brier_score: true },
      { ...shared, candidate: 'everybody alike', naive: true, chosen: false },
      { ...shared, candidate: 'everybody stays', naive: true, chosen: false },
    ]);
    expect(rows[0]!.predicted).toBeLessThan(rows[2]!.predicted);
    const { rows: tenths } = await service.pool.query<object>(
      `select sum(customers)::int as subscriptions, min(expected) between 0 and 1 and max(actual) between 0 and 1 as are_shares,
              count(*)::int as tenths
         from retention.calibration where version = 1 and foretold = 'renewals'`,
    );
    expect(tenths).toMatchObject([{ tenths: 10, are_shares: true, subscriptions: rows[0]!.customers }]);
    expect(rows[1]!.predicted).toBeLessThan(rows[2]!.predicted);
  });

  it('is told which rate is missing; without one what is paid in dollars is worth nothing', async () => {
    expect(await get('/margins')).toMatchObject({
      currency: 'EUR',
      missingRates: [{ currency: 'USD', orders: 0, subscriptions: 1, from: monthly(20) }],
    });
    expect(await scoreOf('abroad')).toMatchObject({ valueSoFar: '0.00', lifetimeValue: '0.00' });
  });

  it('counts what was paid in dollars by the rate of its day, and what is to come by that of today', async () => {
    await service.given(...rates);
    await scored();
    const [home, abroad] = [await scoreOf('home'), await scoreOf('abroad')];
    // The first period and ten renewals: five at 0.9, four at 0.8, two at 0.5.
    expect(abroad.valueSoFar).toBe((12 * (5 * 0.9 + 4 * 0.8 + 2 * 0.5)).toFixed(2));
    expect(abroad.expectedRenewals).toBe(home.expectedRenewals);
    expect(abroad.subscriptionRisk).toBe(home.subscriptionRisk);
    expect(Number(abroad.lifetimeValue)).toBeCloseTo(0.5 * Number(home.lifetimeValue), 1);
    expect(await get('/margins')).toMatchObject({ missingRates: [] });
  });

  it('is told what was known on a day, by the rates of that day', async () => {
    const [home, abroad] = [await scoreOf('home', monthly(24)), await scoreOf('abroad', monthly(24))];
    expect(abroad).toMatchObject({ renewals: 4, valueSoFar: (12 * 5 * 0.9).toFixed(2) });
    expect(Number(abroad.lifetimeValue)).toBeCloseTo(0.9 * Number(home.lifetimeValue), 1);
  });

  it('is explained by subscriptions, in words, too', async () => {
    const { subscriptions, orders, models, sentences } = await get<Explanation>(
      `/scores/${idOf('veteran')}/explanation`,
    );
    expect({ orders, models: models.orders }).toEqual({ orders: [], models: null });
    expect(subscriptions).toMatchObject([{ subscriptionId: 'S-veteran', renewals: 30, endsOn: null }]);
    expect(sentences).toHaveLength(4);
    expect(sentences.join(' ')).not.toContain('Ordered on');
    expect(sentences.at(-1)).toContain('(sbg)');
  });

  it('is worth what all are worth, and who will be won', async () => {
    const { lifetimeValue, futureCustomers, valueOfNewCustomer } = await get<Equity>('/equity');
    const { parts } = await get<EquityPartsAnswer>('/equity/parts?by=risk');
    const sum = parts.reduce((total, part) => total + Number(part.lifetimeValue), 0);
    expect(sum).toBeCloseTo(Number(lifetimeValue), 2);
    // Within the last year came "home", "abroad", "newcomer" and every twentieth member.
    expect(futureCustomers).toBe(12);
    expect(Number(valueOfNewCustomer)).toBeGreaterThan(10);
  });

  it('holds for profitable who left as much in a year as half a year of subscription brings', async () => {
    const { thresholds } = await get<{ thresholds: { valuePerYear: string } }>('/groups');
    expect(Number(thresholds.valuePerYear)).toBeGreaterThan(55);
    expect(Number(thresholds.valuePerYear)).toBeLessThan(65);
    expect(await groupOf('veteran')).toMatchObject({ group: 'true friend', changes: [] });
    expect((await groupOf('newcomer')).group).toMatch(/stranger|barnacle/);
    expect((await groupOf('member-0')).group).toBe('stranger');
  });

  it('is told who leaves: by risk, by group, with the reason', async () => {
    await service.given(notice('veteran', TODAY));
    await scored();
    const { items } = await get<{ items: { customerId: string; reasons: string[] }[] }>(
      '/risk/customers?band=high&limit=200',
    );
    const veteran = items.find(({ customerId }) => customerId === idOf('veteran'));
    expect(veteran?.reasons).toEqual(['subscription-ended']);
    // Groups follow the scores of a new day; the operator's fit is one of everybody, too.
    await service.post('/api/retention/models', {});
    await service.given();
    await grouped();
    expect(await groupOf('veteran')).toMatchObject({
      group: 'butterfly',
      changes: [{ from: 'true friend', to: 'butterfly' }],
    });
    const { changes } = await groupOf('veteran');
    expect(changes[0]!.reasons).toContain('no-longer-loyal');
    const moves = await get<{ from: string; to: string; customers: number }[]>(
      `/groups/moves?from=${monthly(29)}&to=${monthly(TODAY)}`,
    );
    expect(moves).toContainEqual(
      expect.objectContaining({ from: 'true friend', to: 'butterfly', customers: 1 }),
    );
    // All but the newcomer were there on the first day.
    expect(moves.filter(({ from }) => from === null).reduce((sum, each) => sum + each.customers, 0)).toBe(1);
  });

  it('has the read models that the journal gives', async () => {
    const { options } = service.app.get(RunnerRegistry).of('retention')!;
    expect((await verify(options)).filter(({ differences }) => differences > 0)).toEqual([]);
  });
});
