import { RunnerRegistry, verify } from '@perennial/read-models';
import { event, serviceUnderTest } from '@perennial/testing';
import { RetentionModule } from '../retention.module.js';
import { ScoringClock } from '../scores/scoring.clock.js';
import { groupChangesOf, type Regrouped } from './groups.decider.js';
import { GroupsClock } from './groups.clock.js';

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
const thresholds = (amount: string, loyalty: number, time = '2025-07-01T00:00:00.000Z') =>
  event(
    'group.thresholds.set',
    'setting:group-thresholds',
    { valuePerYear: money(amount), loyalty, reason: 'test' },
    { time },
  );

/** 120 customers over half a year: every third comes back every ten days up to the end, the others buy once. */
const history = Array.from({ length: 120 }, (_, customer) =>
  Array.from({ length: customer % 3 === 0 ? 8 : 1 }, (_, order) =>
    placed(
      `${customer}-${order}`,
      `user:${customer}`,
      customer % 2 === 0 ? '200' : '5',
      customer % 3 === 0 ? 170 - order * 10 : customer % 60,
    ),
  ),
).flat();

interface GroupAnswer {
  group: string;
  valuePerYear: string;
  loyalty: string;
  changes: { from: string; to: string; reasons: string[] }[];
  thresholds: { valuePerYear: string; setBy: string | null };
}
interface Move {
  from: string | null;
  to: string;
  customers: number;
  valuePerYear: string;
}

describe('The relationship groups', () => {
  const service = serviceUnderTest(RetentionModule);
  const path = '/api/retention/groups';
  const groupOf = async (subject: string) =>
    (await service.get<GroupAnswer>(`${path}/customers/${service.subjectIdOf(subject)}`)).body;
  const settle = async () => {
    await service.app.get(ScoringClock).decide();
    await service.app.get(ScoringClock).follow();
    const grouped = await service.app.get(GroupsClock).decide();
    await service.app.get(RunnerRegistry).caughtUp();
    return grouped;
  };
  const changes = async () =>
    (
      await service.pool.query<{ from: string; to: string }>(
        `select "from", "to" from retention.group_change`,
      )
    ).rows;

  beforeAll(async () => {
    await service.given(...history, thresholds('100', 0.5));
    await settle();
  });

  it('part customers by what they leave and whether they are expected to stay', async () => {
    expect(await groupOf('user:0')).toMatchObject({
      group: 'true friend',
      valuePerYear: '1600.00',
      changes: [],
    });
    expect(await groupOf('user:3')).toMatchObject({ group: 'barnacle', valuePerYear: '40.00' });
    expect(await groupOf('user:2')).toMatchObject({ group: 'butterfly', valuePerYear: '200.00' });
    expect(await groupOf('user:1')).toMatchObject({ group: 'stranger', valuePerYear: '5.00' });
  });

  it('are told with their size, worth and strategy', async () => {
    const { body } = await service.get<{ groups: { group: string; customers: number; strategy: string }[] }>(
      path,
    );
    expect(body).toMatchObject({
      thresholds: {
        modelVersion: 1,
        valuePerYear: '100',
        currency: 'EUR',
        loyalty: '0.5000',
        valueHysteresis: '0.1000',
      },
    });
    expect(body.groups.map(({ group, customers }) => [group, customers])).toEqual([
      ['true friend', 20],
      ['butterfly', 40],
      ['barnacle', 20],
      ['stranger', 40],
    ]);
    const first = await service.get<{ items: unknown[]; next: string }>(
      `${path}/customers?group=barnacle&limit=19`,
    );
    const rest = await service.get<{ items: unknown[]; next: null }>(
      `${path}/customers?group=barnacle&limit=19&after=${first.body.next}`,
    );
    expect([first.body.items.length, rest.body.items.length, rest.body.next]).toEqual([19, 1, null]);
  });

  it('are no change where a customer is grouped for the first time, and not looked at again without a cause', async () => {
    expect(await changes()).toEqual([]);
    expect(await service.app.get(GroupsClock).decide()).toBe(false);
  });

  it('change with the thresholds, each customer once, and it is known why', async () => {
    await service.given(thresholds('1000', 0.5, '2025-07-02T00:00:00.000Z'));
    expect(await settle()).toBe(true);
    expect(await groupOf('user:2')).toMatchObject({
      group: 'stranger',
      thresholds: { valuePerYear: '1000' },
      changes: [
        { from: 'butterfly', to: 'stranger', reasons: ['no-longer-profitable', 'thresholds-changed'] },
      ],
    });
    expect(await changes()).toHaveLength(40);
    expect((await service.get(`${path}/thresholds`)).body).toEqual([
      expect.objectContaining({ valuePerYear: '1000', reason: 'test' }),
      expect.objectContaining({ valuePerYear: '100' }),
    ]);
  });

  it('are not left for a value that is just beyond the threshold', async () => {
    // 200 is above 190, but not by a tenth of it; and above 150 by more.
    await service.given(thresholds('190', 0.5, '2025-07-03T00:00:00.000Z'));
    await settle();
    expect((await groupOf('user:2')).group).toBe('stranger');
    await service.given(thresholds('150', 0.5, '2025-07-04T00:00:00.000Z'));
    await settle();
    expect((await groupOf('user:2')).group).toBe('butterfly');
    // And back only when it is missed by a tenth.
    await service.given(thresholds('210', 0.5, '2025-07-05T00:00:00.000Z'));
    await settle();
    expect((await groupOf('user:2')).group).toBe('butterfly');
  });

  it('tell who moved between two days', async () => {
    const { body } = await service.get<Move[]>(`${path}/moves?from=${day(20)}&to=${day(171)}`);
    const moved = (from: string | null, to: string) =>
      body.find((move) => move.from === from && move.to === to)?.customers ?? 0;
    expect(body.reduce((sum, { customers }) => sum + customers, 0)).toBe(120);
    expect(moved(null, 'true friend')).toBe(20);
    expect(moved('butterfly', 'butterfly') + moved(null, 'butterfly')).toBe(40);
    expect(moved('butterfly', 'butterfly')).toBeGreaterThan(0);
  });

  it('tell what those who moved were worth when they moved, not what they are worth now', async () => {
    const move = async () => {
      const { body } = await service.get<Move[]>(`${path}/moves?from=${day(171)}&to=${day(173)}`);
      return body.find(({ from, to }) => from === 'barnacle' && to === 'true friend');
    };
    expect(await move()).toBeUndefined();
    await service.given(placed('move-1', 'user:3', '500', 172));
    await settle();
    const then = await move();
    expect(then).toMatchObject({ customers: 1 });
    await service.given(placed('move-2', 'user:3', '700', 174));
    await settle();
    expect(await move()).toEqual(then);
    expect(Number((await groupOf('user:3')).valuePerYear)).toBeGreaterThan(Number(then!.valuePerYear) + 600);
  });

  it('stay as they were where thresholds are set in a currency without a rate, and say which one is waited for', async () => {
    const inDollars = event(
      'group.thresholds.set',
      'setting:group-thresholds',
      { valuePerYear: money('400', 'USD'), loyalty: 0.5 },
      { time: '2025-07-06T00:00:00.000Z' },
    );
    const inForce = async () =>
      (await service.get<{ thresholds: object }>(path)).body.thresholds as Record<string, string | null>;
    const before = await inForce();
    await service.given(inDollars);
    await settle();
    const waitingFor = 'an exchange rate between USD and EUR for 2025-07-06 or a day before';
    expect(await inForce()).toMatchObject({
      valuePerYear: '210',
      setBy: before.setBy,
      waitingSetBy: expect.any(String),
      waitingFor,
    });
    expect((await groupOf('user:2')).group).toBe('butterfly');
    const settings = async () => (await service.get<object[]>(`${path}/thresholds`)).body.slice(0, 3);
    expect(await settings()).toMatchObject([
      { valuePerYear: '400', currency: 'USD', inForce: false, waitingFor },
      { valuePerYear: '210', inForce: true, waitingFor: null },
      { valuePerYear: '150', inForce: false, waitingFor: null },
    ]);
    await service.given(
      event('exchange.rate.published', 'currency:USD', {
        base: 'USD',
        quote: 'EUR',
        day: '2025-07-05',
        rate: '0.9',
      }),
    );
    expect(await settle()).toBe(true);
    expect(await inForce()).toMatchObject({ valuePerYear: '360.00', waitingSetBy: null, waitingFor: null });
    expect(await settings()).toMatchObject([{ inForce: true, waitingFor: null }, { inForce: false }, {}]);
    expect((await groupOf('user:2')).group).toBe('stranger');
  });

  it('are those that the journal gives, and follow a customer who is two', async () => {
    const [customerId, other] = [service.subjectIdOf('user:1'), service.subjectIdOf('user:2')];
    await service.given(
      event('customers.merged', `customer:${customerId}`, {
        customerId,
        subjectIds: [other],
        because: ['a link'],
      }),
    );
    await settle();
    expect((await groupOf('user:2')).valuePerYear).toBe('205.00');
    const { options } = service.app.get(RunnerRegistry).of('retention')!;
    expect((await verify(options)).filter(({ differences }) => differences > 0)).toEqual([]);
  });

  it.each([
    ['/moves?from=2025-02-30&to=2025-03-01', 400],
    ['/customers?group=friend', 400],
    ['/customers?after=x', 400],
    ['/customers/00000000-0000-0000-0000-000000000000', 404],
  ])('refuse %s with %i', async (query, status) =>
    expect(await service.get(path + query)).toMatchObject({ status }),
  );
});

describe('A change of group', () => {
  const change: Regrouped = {
    customerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
    from: 'stranger',
    to: 'true friend',
    asOf: '2026-03-09',
    modelVersion: 3,
    valuePerYear: '214.60',
    loyalty: 0.81,
    expectedValue: '190.20',
    currency: null,
    previousModelVersion: 2,
    previousSetBy: null,
  };
  const now = new Date('2026-03-10T00:00:00Z');
  const inForce = { valuePerYear: '120', loyalty: 0.5, setBy: null };

  it('names every threshold that was crossed, and what else has changed', () =>
    expect(groupChangesOf([change], inForce, now)[0]!.data.reasons).toEqual([
      'became-profitable',
      'became-loyal',
      'model-changed',
    ]));

  it('is the same decision whenever it is made', () => {
    const [first] = groupChangesOf([change], inForce, now);
    const [again] = groupChangesOf([change], inForce, new Date('2026-04-01T00:00:00Z'));
    expect(again!.cause).toBe(first!.cause);
    expect(groupChangesOf([{ ...change, asOf: '2026-03-10' }], inForce, now)[0]!.cause).not.toBe(
      first!.cause,
    );
  });
});
