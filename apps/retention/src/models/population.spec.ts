import { inTransaction, Layout, onConnection, type Query } from '@perennial/read-models';
import {
  event,
  merged,
  monthly,
  notice,
  ReadModelsUnderTest,
  subscribed,
  type GivenEvent,
} from '@perennial/testing';
import { retention } from '../retention.read-models.js';
import { customersKnown, holdsUntil } from './population.js';

const placed = (orderId: string, subject: string, currency: string, month: number) =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: { amount: '10', currency },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10', currency } }],
    },
    { time: `${monthly(month)}T12:00:00.000Z` },
  );

describe('Who there is to fit models to', () => {
  const underTest = new ReadModelsUnderTest(retention);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  const known = async (...events: GivenEvent[]) => {
    await underTest.reset();
    await underTest.play({ order: events, batchSize: 100 });
    return onConnection(underTest.pool, (client) => {
      const query: Query = async <Row extends object>(sql: string, parameters: unknown[] = []) =>
        (await client.query<Row>(sql, parameters)).rows;
      return inTransaction(client, new Layout('retention'), 'shared', () =>
        customersKnown(query, monthly(9)),
      );
    });
  };

  it('is nobody while nobody has ordered or subscribed', async () =>
    expect(await known(event('order.cancelled', 'user:ann', { orderId: 'A-1' }))).toBeUndefined());

  it('counts a customer once, in however many currencies and under however many identifiers', async () =>
    expect(
      await known(
        placed('A-1', 'user:ann', 'EUR', 1),
        placed('A-2', 'user:ann', 'USD', 2),
        placed('A-3', 'user:ann', 'GBP', 2),
        placed('B-1', 'user:bob', 'EUR', 3),
        placed('B-2', 'card:7', 'USD', 3),
        placed('C-1', 'user:cid', 'USD', 4),
        merged('user:bob', 'card:7'),
      ),
    ).toEqual({
      customers: 3,
      orderDays: 6,
      subscriptions: 0,
      endedSubscriptions: 0,
      currency: 'USD',
      exchangeRates: 0,
      lastKnownDay: monthly(4),
    }));

  it('counts a subscription once, and as ended while the notice stands', async () => {
    const again = subscribed('ann', { first: 1, last: 3 }).map((each) => ({ ...each, subject: 'card:7' }));
    const both = [...subscribed('ann', { first: 1, last: 2 }), ...again, merged('user:ann', 'card:7')];
    const others = [
      ...subscribed('bob', { first: 2, last: 5 }),
      ...subscribed('cid', { first: 2, last: 4, ends: true }),
    ];
    expect(await known(...both, ...others)).toMatchObject({
      customers: 0,
      subscriptions: 3,
      endedSubscriptions: 1,
      lastKnownDay: monthly(5),
    });
    const resumed = event(
      'subscription.resumed',
      'user:cid',
      { subscriptionId: 'S-cid' },
      { time: `${monthly(5)}T12:00:00.000Z` },
    );
    expect(await known(...others, resumed)).toMatchObject({ subscriptions: 2, endedSubscriptions: 0 });
    expect(await known(...others, resumed, notice('cid', 6))).toMatchObject({
      endedSubscriptions: 1,
      lastKnownDay: monthly(6),
    });
  });

  it('is counted as a fit finds them: what happens on a day that is not over counts tomorrow', async () => {
    const before = [
      placed('A-1', 'user:ann', 'EUR', 1),
      ...subscribed('bob', { first: 1, last: 2 }),
      ...subscribed('cid', { first: 1, last: 2 }),
    ];
    const now = [
      placed('A-2', 'user:ann', 'EUR', 10),
      placed('D-1', 'user:dan', 'EUR', 10),
      notice('bob', 10),
      ...subscribed('eve', { first: 10, last: 10 }),
    ];
    const counted = await known(...before);
    expect(counted).toMatchObject({ customers: 1, orderDays: 1, subscriptions: 2, endedSubscriptions: 0 });
    expect(await known(...before, ...now)).toEqual({ ...counted, lastKnownDay: monthly(10) });
    expect(await known(placed('D-1', 'user:dan', 'EUR', 10))).toMatchObject({ customers: 0, orderDays: 0 });
  });

  it('is counted the less often, the longer it takes', () => {
    const company = {
      orderDays: 0,
      endedSubscriptions: 0,
      currency: 'EUR',
      exchangeRates: 0,
      lastKnownDay: '2026-03-01',
    };
    expect(holdsUntil(1_000, { ...company, customers: 100, subscriptions: 0 })).toBe(1_010);
    expect(holdsUntil(1_000, { ...company, customers: 900_000, subscriptions: 100_000 })).toBe(101_000);
  });
});
