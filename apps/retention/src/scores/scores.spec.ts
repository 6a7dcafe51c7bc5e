import { inTransaction, Layout, onConnection, RunnerRegistry, verify } from '@perennial/read-models';
import { event, serviceUnderTest } from '@perennial/testing';
import { randomUUID } from 'node:crypto';
import { RetentionModule } from '../retention.module.js';
import { followScores } from './scorer.js';
import type { Explanation } from './scores.answers.js';
import { ScoringClock } from './scoring.clock.js';

const money = (amount: string, currency = 'EUR') => ({ amount, currency });
const day = (number: number) =>
  new Date(Date.UTC(2025, 0, 1) + number * 86_400_000).toISOString().slice(0, 10);
const placed = (orderId: string, subject: string, amount: string, on: number) =>
  event(
    'order.placed',
    subject,
    { orderId, total: money(amount), lines: [{ sku: 'lamp', quantity: 1, price: money(amount) }] },
    { time: `${day(on)}T12:00:00.000Z` },
  );

/** 120 customers: every third comes back every ten days for a while, the others not. */
const history = Array.from({ length: 120 }, (_, customer) =>
  Array.from({ length: customer % 3 === 0 ? 1 + (customer % 7) : 1 }, (_, order) =>
    placed(`${customer}-${order}`, `user:${customer}`, `${10 + (customer % 5)}.50`, customer + order * 10),
  ),
).flat();

interface Score {
  customerId: string;
  asOf: string;
  modelVersion: number;
  frequency: number;
  recencyDays: number;
  churnRisk: string;
  valueSoFar: string;
  expectedOrdersLow: string;
  expectedOrdersHigh: string;
  averageValue: string;
}

describe('scores', () => {
  const service = serviceUnderTest(RetentionModule);
  const clock = () => service.app.get(ScoringClock);
  const scoreOf = (subject: string) =>
    service.get<Score>(`/api/retention/scores/${service.subjectIdOf(subject)}`);
  const explanationOf = (subject: string, query = '') =>
    service.get<Explanation>(`/api/retention/scores/${service.subjectIdOf(subject)}/explanation${query}`);
  const differences = async () => {
    const runner = service.app.get(RunnerRegistry).of('retention')!;
    return (await verify(runner.options)).filter(({ differences }) => differences > 0);
  };

  beforeAll(async () => {
    await service.given(...history);
    await clock().decide();
    await clock().follow();
  });

  it('tell what is expected of a customer, as of the last day with an order where orders ended long ago', async () => {
    const { body, status } = await scoreOf('user:6');
    expect(status).toBe(200);
    expect(body).toMatchObject({ asOf: day(171), modelVersion: 1, frequency: 6, recencyDays: 105 });
    expect(Number(body.churnRisk)).toBeGreaterThan(0);
    expect(Number(body.churnRisk)).toBeLessThan(1);
  });

  it('are those that the journal gives', async () => expect(await differences()).toEqual([]));

  it('tell how the models did on days that they had not seen, beside naive rules', async () => {
    const { rows } = await service.pool.query<{ naive: boolean; chosen: boolean; actual: number }>(
      'select naive, chosen, actual from retention.model_quality where version = 1',
    );
    expect(rows.filter(({ naive }) => naive).length).toBeGreaterThanOrEqual(3);
    expect(rows.filter(({ chosen }) => chosen)).toHaveLength(1);
    expect(rows[0]!.actual).toBeGreaterThan(0);
  });

  it('are explained by the orders that they follow from, the models, and all other customers', async () => {
    const { body } = await explanationOf('user:6');
    expect(body.orders.map(({ orderId }) => orderId)).toEqual([
      '6-6',
      '6-5',
      '6-4',
      '6-3',
      '6-2',
      '6-1',
      '6-0',
    ]);
    expect(body.comparison!.customers).toBeGreaterThan(100);
    expect(body.sentences[0]).toBe(
      'Ordered on 7 days, usually every 10 days; the latest order is 105 days ago.',
    );
    const { expectedOrdersLow, expectedOrdersHigh, averageValue } = (await scoreOf('user:6')).body;
    expect(body.sentences[1]).toContain(
      `with a probability of 80 % ${expectedOrdersLow} to ${expectedOrdersHigh}; each worth ${averageValue} EUR`,
    );
    expect(body.sentences.at(-1)).toMatch(/\((bg-nbd|mbg-nbd|pareto-nbd) and gamma-gamma\)/);
    expect(body.orders[0]).toMatchObject({ total: '11.50', refunded: '0.00', value: '11.50' });
  });

  it('say so where nobody knows what goods cost: they did not cost nothing', async () => {
    const { body } = await explanationOf('user:6');
    expect(body.orders[0]).toMatchObject({ goodsCost: null, otherCost: '0.00' });
    expect(body.sentences).toContain(
      'What the goods of its orders cost is not known: all of what was paid for them, less refunds and other costs, counts as value.',
    );
    const stated = { orderId: '21-0', kind: 'goods' as const, cost: money('4') };
    await service.given(
      placed('21-1', 'user:21', '9', 40),
      event('order.cost.stated', 'order:21-0', stated),
      event('order.cost.stated', 'order:21-1', { orderId: '21-1', kind: 'shipping', cost: money('1') }),
    );
    const { orders, sentences } = (await explanationOf('user:21')).body;
    expect(orders).toMatchObject([
      { orderId: '21-1', goodsCost: null, otherCost: '1.00', value: '8.00' },
      { orderId: '21-0', goodsCost: '4.00', otherCost: '0.00', value: '7.50' },
    ]);
    expect(sentences).toContain(
      'What the goods of 1 of 2 orders cost is not known: all of what was paid for them, less refunds and other costs, counts as value.',
    );
  });

  it('are explained as of a day by what was known then', async () => {
    const { body } = await explanationOf('user:6', `?asOf=${day(40)}`);
    const { body: asked } = await service.get<Score>(
      `/api/retention/scores/${service.subjectIdOf('user:6')}?asOf=${day(40)}`,
    );
    expect(body.score).toEqual(asked);
    expect(body.orders.map(({ orderId }) => orderId)).toEqual(['6-3', '6-2', '6-1', '6-0']);
    expect(body.comparison).toBeNull();
    expect(body.sentences[0]).toBe(
      'Ordered on 4 days, usually every 10 days; the latest order is 4 days ago.',
    );
    expect(body.sentences.at(-2)).toMatch(new RegExp(`^Everything .* EUR on ${day(40)}\\.$`));
    expect(body.sentences.at(-1)).toContain(`up to the end of ${day(40)}`);
    expect(await explanationOf('user:6', `?asOf=${day(5)}`)).toMatchObject({
      status: 404,
      body: { code: 'no-score' },
    });
    expect(await explanationOf('user:6', '?asOf=soon')).toMatchObject({ status: 400 });
  });

  it('are known as they were on a day: nothing that happened later', async () => {
    const path = `/api/retention/scores/${service.subjectIdOf('user:6')}`;
    const { body } = await service.get<Score>(`${path}?asOf=${day(40)}`);
    expect(body).toMatchObject({ asOf: day(40), frequency: 3, recencyDays: 4 });
    expect(Number(body.churnRisk)).toBeLessThan(Number((await scoreOf('user:6')).body.churnRisk));
    expect(await service.get(`${path}?asOf=${day(5)}`)).toMatchObject({
      status: 404,
      body: { code: 'no-score' },
    });
    expect(await service.get(`${path}?asOf=2025-02-31`)).toMatchObject({ status: 400 });
    const { body: history } = await service.get<{ months: Score[] }>(`${path}/history?months=3`);
    expect(history.months.map(({ asOf }) => asOf)).toEqual(['2025-05-31', '2025-04-30', '2025-03-31']);
  });

  it('know of a day what had been said by then: no cancellation, refund or cost that came later', async () => {
    const at = (on: number) => ({ time: `${day(on)}T12:00:00.000Z` });
    const knownAs = async (on: number) => {
      const path = `/api/retention/scores/${service.subjectIdOf('user:late')}?asOf=${day(on)}`;
      return (await service.get<Score>(path)).body;
    };
    await service.given(
      placed('late-0', 'user:late', '40', 10),
      placed('late-1', 'user:late', '60', 20),
      event(
        'order.returned',
        'user:late',
        { returnId: 'R-1', orderId: 'late-0', refund: money('15'), lines: [{ sku: 'lamp', quantity: 1 }] },
        at(40),
      ),
      event('order.cancelled', 'user:late', { orderId: 'late-1' }, at(60)),
      event(
        'order.cost.stated',
        'order:late-0',
        { orderId: 'late-0', kind: 'goods', cost: money('8') },
        at(80),
      ),
    );
    expect(await knownAs(30)).toMatchObject({ frequency: 1, recencyDays: 10, valueSoFar: '100.00' });
    expect(await knownAs(50)).toMatchObject({ frequency: 1, recencyDays: 30, valueSoFar: '85.00' });
    expect(await knownAs(70)).toMatchObject({ frequency: 0, recencyDays: 60, valueSoFar: '25.00' });
    // Of what was said by then, not as it was corrected later.
    await service.given(
      event(
        'order.updated',
        'user:late',
        { orderId: 'late-0', total: money('90'), lines: [{ sku: 'lamp', quantity: 1, price: money('90') }] },
        at(100),
      ),
    );
    expect(await knownAs(30)).toMatchObject({ valueSoFar: '100.00' });
    expect(await knownAs(70)).toMatchObject({ valueSoFar: '25.00' });
    // The goods of 15 of 40 came back and cost nothing.
    expect(await knownAs(90)).toMatchObject({ frequency: 0, recencyDays: 80, valueSoFar: '20.00' });
    const explainedOn = async (on: number) =>
      (await explanationOf('user:late', `?asOf=${day(on)}`)).body.orders;
    expect(await explainedOn(30)).toMatchObject([
      { orderId: 'late-1', total: '60' },
      { orderId: 'late-0', total: '40', refunded: '0.00', goodsCost: null },
    ]);
    expect(await explainedOn(70)).toMatchObject([{ orderId: 'late-0', refunded: '15.00', goodsCost: null }]);
    expect(await explainedOn(90)).toMatchObject([{ orderId: 'late-0', goodsCost: '5.00', value: '20.00' }]);
    expect(Number((await knownAs(110)).valueSoFar)).toBeCloseTo(90 - 15 - (8 * 75) / 90, 2);
  });

  it('list those who are worth most first, and those with whom most is lost', async () => {
    interface Page {
      items: { customerId: string; lifetimeValue: string; atStake: string; band: string }[];
      next: string;
    }
    const first = await service.get<Page>('/api/retention/scores?limit=60');
    const second = await service.get<Page>(`/api/retention/scores?limit=60&after=${first.body.next}`);
    const values = [...first.body.items, ...second.body.items].map(({ lifetimeValue }) =>
      Number(lifetimeValue),
    );
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(
      new Set([...first.body.items, ...second.body.items].map(({ customerId }) => customerId)).size,
    ).toBe(values.length);
    const risky = await service.get<Page>('/api/retention/risk/customers?band=high');
    expect(risky.body.items.length).toBeGreaterThan(0);
    expect(new Set(risky.body.items.map(({ band }) => band))).toEqual(new Set(['high']));
    const stakes = risky.body.items.map(({ atStake }) => Number(atStake));
    expect(stakes).toEqual([...stakes].sort((a, b) => b - a));
  });

  it('follow an order', async () => {
    const before = (await scoreOf('user:9')).body;
    await service.given(placed('9-new', 'user:9', '12', 168));
    await clock().follow();
    const { body } = await scoreOf('user:9');
    expect(body.frequency).toBe(before.frequency + 1);
    expect(Number(body.churnRisk)).toBeLessThan(Number(before.churnRisk));
    expect(await differences()).toEqual([]);
  });

  it('follow two customers who are one', async () => {
    const [one, other] = [(await scoreOf('user:12')).body, (await scoreOf('user:15')).body];
    await service.given(
      event('customers.merged', `customer:${one.customerId}`, {
        customerId: one.customerId,
        subjectIds: [other.customerId],
        because: [randomUUID()],
      }),
    );
    await clock().follow();
    const { body } = await scoreOf('user:15');
    expect(body).toEqual((await scoreOf('user:12')).body);
    // 12 ordered on days 12, 22 … 62; 15 on days 15 and 25.
    expect([one.frequency, other.frequency]).toEqual([5, 1]);
    expect(body).toMatchObject({ customerId: one.customerId, frequency: 7, recencyDays: one.recencyDays });
    expect(Number(body.valueSoFar)).toBe(Number(one.valueSoFar) + Number(other.valueSoFar));
    expect(await differences()).toEqual([]);
  });

  it('are verified though the scorer has not followed yet', async () => {
    await service.given(placed('18-new', 'user:18', '12', 169));
    expect(await differences()).toEqual([]);
    expect((await scoreOf('user:18')).body.recencyDays).toBe(2);
  });

  it('lose what was paid back for no order in particular, whether orders are looked at one by one or not', async () => {
    const valueOf = async () => Number((await scoreOf('user:24')).body.valueSoFar);
    const before = await valueOf();
    await service.given(
      event(
        'order.returned',
        'user:24',
        { returnId: 'R-24', refund: money('2.25') },
        { time: `${day(100)}T12:00:00.000Z` },
      ),
    );
    await clock().follow();
    expect(await valueOf()).toBe(before - 2.25);
    const nobodyBuys = { sku: 'kettle', cost: money('5') };
    await service.given(event('product.cost.stated', 'product:kettle', nobodyBuys));
    await clock().follow();
    expect(await valueOf()).toBe(before - 2.25);
    const asOf = `/api/retention/scores/${service.subjectIdOf('user:24')}?asOf=`;
    expect(Number((await service.get<Score>(asOf + day(99))).body.valueSoFar)).toBe(before);
    expect(Number((await service.get<Score>(asOf + day(100))).body.valueSoFar)).toBe(before - 2.25);
  });

  it('count what is left of an order once its cost is known, for everybody', async () => {
    const before = (await scoreOf('user:3')).body;
    await service.given(
      event('product.cost.stated', 'product:lamp', {
        sku: 'lamp',
        cost: money('5'),
        validFrom: '2020-01-01',
      }),
    );
    expect(await differences()).toEqual([]);
    expect(Number((await scoreOf('user:3')).body.valueSoFar)).toBeCloseTo(
      Number(before.valueSoFar) - 5 * (before.frequency + 1),
      6,
    );
  });

  it('stay as they were when the scoring of everybody breaks at its last step, and follow when it is tried again', async () => {
    const scores = async () =>
      (
        await service.pool.query<{ s: string }>(
          'select s::text as s from retention.scores s order by customer_id',
        )
      ).rows;
    const scoreEverybody = () =>
      onConnection(service.pool, (client) =>
        inTransaction(client, new Layout('retention'), 'shared', () => followScores(client, true)),
      );
    await service.given(
      event('product.cost.stated', 'product:lamp', {
        sku: 'lamp',
        cost: money('6'),
        validFrom: '2020-02-01',
      }),
    );
    const before = await scores();
    // The table of the day can't take its place: a rule is missing in it.
    await service.pool.query(
      'alter table retention_tables.scores add constraint broken check (frequency < 0) not valid',
    );
    await expect(scoreEverybody()).rejects.toThrow('broken');
    expect(await scores()).toEqual(before);
    await service.pool.query('alter table retention_tables.scores drop constraint broken');
    expect(await scoreEverybody()).toBe(true);
    expect(await scores()).not.toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('follow a new version of the models, and say whose risk it changes and why', async () => {
    const { body, status } = await service.post<{ version: number }>('/api/retention/models', {
      elevatedRisk: 0.05,
      highRisk: 0.1,
      hysteresis: 0,
    });
    expect([status, body.version]).toEqual([200, 2]);
    await service.given();
    const { rows } = await service.pool.query<{ reasons: string[]; from_band: string; to_band: string }>(
      'select reasons, from_band, to_band from retention.risk_history where model_version = 2',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { reasons, from_band, to_band } of rows) {
      expect(reasons).toEqual(expect.arrayContaining(['model-changed', 'bands-changed']));
      expect(to_band).not.toBe(from_band);
    }
    await clock().follow();
    expect(await differences()).toEqual([]);
  });

  it('name the version that they are computed by, among all', async () => {
    const refused = await service.post('/api/retention/models', { elevatedRisk: 0.9, highRisk: 0.1 });
    expect(refused).toMatchObject({ status: 422, body: { code: 'bands-crossed' } });
    // What is not given is as in force: a high risk begins at 0.1.
    expect(await service.post('/api/retention/models', { elevatedRisk: 0.2 })).toMatchObject({ status: 422 });
    expect((await service.get<{ items: unknown[] }>('/api/retention/models')).body.items).toEqual([
      expect.objectContaining({ version: 2, reason: 'asked', inForce: true }),
      expect.objectContaining({ version: 1, reason: 'first', inForce: false }),
    ]);
  });

  it('are not told of a day that is still to come', async () => {
    // Not tomorrow, which is today where a day ends meanwhile.
    const dayAfterTomorrow = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    const today = new Date().toISOString().slice(0, 10);
    const path = `/api/retention/scores/${service.subjectIdOf('user:6')}?asOf=`;
    expect(await service.get(path + dayAfterTomorrow)).toMatchObject({ status: 400 });
    expect(await service.get(path + today)).toMatchObject({ status: 200 });
  });

  it('are told as of a day in the currency of the models of that day, whatever is set later', async () => {
    const path = `/api/retention/scores/${service.subjectIdOf('user:6')}?asOf=${day(40)}`;
    await service.given(
      event(
        'order.cost.stated',
        'order:6-0',
        { orderId: '6-0', kind: 'shipping', cost: money('1') },
        { time: `${day(20)}T00:00:00.000Z` },
      ),
    );
    const { body } = await service.get<Score>(path);
    await service.given(
      event('reporting.currency.set', 'setting:reporting-currency', { currency: 'JPY' }),
      placed('yen', 'user:yen', '5', 20),
    );
    expect(Number(body.valueSoFar)).toBeGreaterThan(0);
    expect((await service.get<Score>(path)).body).toEqual(body);
  });
});
