import { RunnerRegistry, verify } from '@perennial/read-models';
import {
  event,
  members,
  monthly,
  notice,
  serviceUnderTest,
  subscribed,
  type GivenEvent,
} from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from './scoring.clock.js';

const money = (amount: string) => ({ amount, currency: 'EUR' });
const TODAY = 30;
const placed = (name: string, number: number) =>
  event(
    'order.placed',
    `user:${name}`,
    {
      orderId: `${name}-${number}`,
      total: money('20'),
      lines: [{ sku: 'lamp', quantity: 1, price: money('20') }],
    },
    { time: `${monthly(number)}T12:00:00.000Z` },
  );
const ordered = (name: string) => [8, 14, 20, 26].map((number) => placed(name, number));

const history = [
  ...members(60, TODAY),
  ...subscribed('veteran', { first: 4, last: TODAY }),
  ...subscribed('newcomer', { first: TODAY, last: TODAY }),
  ...subscribed('both', { first: 4, last: TODAY }),
  ...subscribed('former', { first: 4, last: 9, ends: true }),
  ...['both', 'buyer'].flatMap(ordered),
  ...Array.from({ length: 40 }, (_, each) => placed(`once-${each}`, each % TODAY)),
];

interface Score {
  frequency: number | null;
  recencyDays: number | null;
  alive: string | null;
  averageValue: string | null;
  expectedValueLow: string;
  expectedValue: string;
  expectedValueHigh: string;
  lifetimeValue: string;
  valueSoFar: string;
  churnRisk: string;
  riskBand: string;
  subscriptions: number | null;
  subscriptionsEnding: number | null;
  renewals: number | null;
  subscriptionValue: string | null;
  subscriptionLifetimeValue: string | null;
  subscriptionRisk: string | null;
}

const scoring = () => {
  const service = serviceUnderTest(RetentionModule);
  const clock = () => service.app.get(ScoringClock);
  return {
    service,
    async settled(events: readonly GivenEvent[]) {
      await service.given(...events);
      await clock().decide();
      await clock().follow();
      // What was decided is an event like others.
      await service.given();
    },
    path: (name: string) => `/api/retention/scores/${service.subjectIdOf(`user:${name}`)}`,
    async differences() {
      const runner = service.app.get(RunnerRegistry).of('retention')!;
      return (await verify(runner.options)).filter(({ differences }) => differences > 0);
    },
    /** Without the identifiers, which every service makes for itself. */
    rows: async () =>
      (
        await service.pool.query<{ row: string }>(
          `select (to_jsonb(s) - 'customer_id')::text as row from retention.scores s order by 1`,
        )
      ).rows,
  };
};

let inSequence: unknown;

describe('Scores of subscribers', () => {
  const { service, settled, path, differences, rows } = scoring();
  const scoreOf = async (name: string) => (await service.get<Score>(path(name))).body;

  beforeAll(async () => {
    await settled(history);
    inSequence = await rows();
  });

  it('hold who has renewed often worth more, and less at risk, than who has just begun', async () => {
    const [veteran, newcomer] = [await scoreOf('veteran'), await scoreOf('newcomer')];
    expect([veteran.renewals, newcomer.renewals]).toEqual([26, 0]);
    expect(Number(veteran.lifetimeValue)).toBeGreaterThan(Number(newcomer.lifetimeValue));
    expect(Number(veteran.churnRisk)).toBeLessThan(Number(newcomer.churnRisk));
  });

  it('say nothing of orders where there are none, and nothing of subscriptions where there were none', async () => {
    expect(await scoreOf('veteran')).toMatchObject({
      frequency: null,
      recencyDays: null,
      alive: null,
      averageValue: null,
      subscriptions: 1,
      valueSoFar: '270.00',
    });
    expect(await scoreOf('buyer')).toMatchObject({
      frequency: 3,
      subscriptions: null,
      renewals: null,
      subscriptionLifetimeValue: null,
      subscriptionRisk: null,
    });
  });

  it('add what is bought besides: who left has done so with both', async () => {
    const [both, buyer, veteran] = [await scoreOf('both'), await scoreOf('buyer'), await scoreOf('veteran')];
    expect(both.subscriptionLifetimeValue).toBe(veteran.lifetimeValue);
    expect(Number(both.lifetimeValue)).toBeCloseTo(
      Number(veteran.lifetimeValue) + Number(buyer.lifetimeValue),
      1,
    );
    expect(Number(both.churnRisk)).toBeCloseTo(Number(veteran.churnRisk) * Number(buyer.churnRisk), 3);
    expect(Number(both.valueSoFar)).toBeCloseTo(Number(veteran.valueSoFar) + Number(buyer.valueSoFar), 6);
  });

  it('are told more closely of who has renewed often than of who has just begun', async () => {
    const width = ({ expectedValueLow, expectedValueHigh }: Score) =>
      Number(expectedValueHigh) - Number(expectedValueLow);
    const [veteran, newcomer] = [width(await scoreOf('veteran')), width(await scoreOf('newcomer'))];
    expect(veteran).toBeGreaterThanOrEqual(0);
    expect(newcomer).toBeGreaterThan(veteran);
  });

  it('expect nothing more of a subscription that ended', async () => {
    expect(await scoreOf('former')).toMatchObject({
      subscriptions: 0,
      lifetimeValue: '0.00',
      riskBand: 'high',
    });
    expect(Number((await scoreOf('former')).churnRisk)).toBe(1);
  });

  it('are those that the journal gives', async () => expect(await differences()).toEqual([]));

  it('follow from a fit that says how far the data carry it', async () => {
    const { rows } = await service.pool.query(
      'select period_days::float8, subscriptions, ended, converged, prior from retention.subscription_models where version = 1',
    );
    expect(rows).toEqual([
      {
        period_days: 30.436875,
        subscriptions: 64,
        ended: 41,
        converged: true,
        prior: expect.stringMatching(/^Of 64 subscriptions 41 have ended/),
      },
    ]);
  });

  it('are explained by the subscriptions that they follow from', async () => {
    const { body } = await service.get<{ subscriptions: unknown[]; orders: unknown[]; sentences: string[] }>(
      `${path('veteran')}/explanation`,
    );
    expect(body.orders).toEqual([]);
    expect(body.subscriptions).toEqual([
      expect.objectContaining({ subscriptionId: 'S-veteran', plan: 'club', renewals: 26, endsOn: null }),
    ]);
    expect(body.sentences[0]).toMatch(
      /^Subscriptions that run: 1; renewed 26 times so far\. Within 365 days/,
    );
    expect(body.sentences[1]).toMatch(
      /^The risk of no order within 365 days, and of no subscription that outlasts them, is \d+ %: low\. /,
    );
    expect(body.sentences.at(-1)).toContain('(sbg)');
  });

  it('are known as they were on a day: nothing that happened later', async () => {
    const before = (await service.get<Score>(`${path('veteran')}?asOf=${monthly(10)}`)).body;
    expect(before.renewals).toBe(6);
    expect(Number(before.churnRisk)).toBeGreaterThan(Number((await scoreOf('veteran')).churnRisk));
    expect((await service.get<Score>(`${path('former')}?asOf=${monthly(8)}`)).body.subscriptions).toBe(1);
    expect((await service.get(`${path('newcomer')}?asOf=${monthly(10)}`)).status).toBe(404);
  });

  it('follow a notice, which is told with its reason', async () => {
    const before = await scoreOf('veteran');
    await settled([notice('veteran', TODAY)]);
    const after = await scoreOf('veteran');
    expect(Number(after.lifetimeValue)).toBeLessThan(Number(before.lifetimeValue));
    expect(after.riskBand).toBe('high');
    const { rows } = await service.pool.query<{ reasons: string[] }>(
      'select reasons from retention.risk_history where customer_id = $1',
      [service.subjectIdOf('user:veteran')],
    );
    expect(rows.flatMap(({ reasons }) => reasons)).toContain('subscription-ended');
    expect(await differences()).toEqual([]);
  });
});

describe('Scores of subscribers whose events arrive the other way round', () => {
  const { settled, rows } = scoring();

  it('are the same', async () => {
    await settled([...history].reverse());
    expect(await rows()).toEqual(inSequence);
  });
});
