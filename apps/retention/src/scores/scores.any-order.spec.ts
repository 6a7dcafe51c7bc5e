import { inTransaction, Layout, onConnection } from '@perennial/read-models';
import {
  chancesCorrectedBy,
  event,
  type GivenEvent,
  publishedFits,
  ReadModelsUnderTest,
  subjectIdOf,
} from '@perennial/testing';
import { expectSameState, statedWith, twoPlayings } from '@perennial/testing/any-order';
import fc from 'fast-check';
import { DEFAULT_ASSUMPTIONS } from '../models/models.decider.js';
import { retention } from '../retention.read-models.js';
import { settleScores } from './scorer.js';

const people = ['user:ann', 'user:bob', 'card:77'];
const subject = fc.constantFrom(...people);
const currency = fc.constantFrom('EUR', 'USD');
const money = fc.record({ amount: fc.constantFrom('9.90', '12', '30.25'), currency });
/** Few days, numbers and times, so that ties and contradictions are common. */
const day = fc.integer({ min: 1, max: 5 }).map((month) => `2026-0${month}-01`);
const options = fc.record({
  time: day.map((of) => `${of}T12:00:00.000Z`),
  source: fc.constantFrom('/shop', '/erp'),
});
const orderId = fc.constantFrom('A-1', 'A-2');
const sku = fc.constantFrom('lamp', 'pen');
const cost = fc.record({ amount: fc.constantFrom('1', '2.50', '8'), currency });
const subscriptionId = fc.constantFrom('S-1', 'S-2');
const terms = fc.record({
  subscriptionId,
  plan: fc.constantFrom('basic', 'premium'),
  price: money,
  period: fc.record({
    count: fc.constantFrom(1, 3),
    unit: fc.constantFrom('month' as const, 'year' as const),
  }),
});

const one = statedWith(options);

/** What concerns customers whom it does not name. */
const moneyStated = fc.oneof(
  one('product.cost.stated', fc.constant('product:lamp'), fc.record({ sku, cost, validFrom: day })),
  one(
    'order.cost.stated',
    fc.constant('order:A-1'),
    fc.record({ orderId, cost, kind: fc.constantFrom('goods' as const, 'shipping' as const) }),
  ),
  one(
    'exchange.rate.published',
    fc.constant('currency:USD'),
    fc.record({
      base: fc.constant('USD'),
      quote: fc.constant('EUR'),
      rate: fc.constantFrom('0.8', '0.93'),
      day,
    }),
  ),
);

const happening = fc.oneof(
  one(
    'order.placed',
    subject,
    fc.record({
      orderId,
      total: money,
      lines: fc.tuple(sku, money).map(([of, price]) => [{ sku: of, quantity: 1, price }]),
    }),
  ),
  one(
    'order.updated',
    subject,
    fc.record({
      orderId,
      total: money,
      lines: fc.tuple(sku, money).map(([of, price]) => [{ sku: of, quantity: 2, price }]),
    }),
  ),
  one(
    'order.returned',
    subject,
    fc.record({
      returnId: fc.constantFrom('R-1', 'R-2'),
      orderId: fc.option(orderId, { nil: undefined }),
      refund: money,
    }),
  ),
  moneyStated,
  one('subscription.started', subject, terms),
  one('subscription.changed', subject, terms),
  {
    arbitrary: one(
      'subscription.renewed',
      subject,
      fc.record({ subscriptionId, periodFrom: day, paid: money }),
    ),
    weight: 4,
  },
  one('subscription.cancelled', subject, fc.record({ subscriptionId, endsOn: day })),
  one('subscription.resumed', subject, fc.record({ subscriptionId })),
  {
    arbitrary: one(
      'customers.merged',
      fc.constant(`customer:${subjectIdOf('user:ann')}`),
      subject.map((other) => ({
        customerId: subjectIdOf('user:ann'),
        subjectIds: [subjectIdOf(other)],
        because: ['a link'],
      })),
    ),
    weight: 2,
  },
);

const models = (version: number, currency: string, marginRate: number) =>
  event('model.fitted', 'model:orders', {
    version,
    asOf: '2026-06-30',
    reason: 'first',
    population: { customers: 100, repeatCustomers: 50, orderDays: 250, subscriptions: 80 },
    assumptions: { ...DEFAULT_ASSUMPTIONS, marginRate },
    currency,
    orders: publishedFits.bgNbd,
    chanceCorrection: chancesCorrectedBy(0.2, 0.9),
    averageValue: 20,
    subscriptions: [
      {
        subscriptions: 80,
        ended: 30,
        averageFee: 12,
        renewal: publishedFits.sbg,
      },
    ],
  });

/** What all scores are computed by; the rest of the history is as it comes. */
const decided: GivenEvent[] = [
  event('reporting.currency.set', 'setting:reporting-currency', { currency: 'EUR' }),
  models(1, 'EUR', 1),
  models(2, 'USD', 0.4),
  event('scores.refreshed', 'model:orders', { asOf: '2026-06-30', modelVersion: 1 }),
];

const histories = twoPlayings(fc.array(happening, { minLength: 25, maxLength: 50 }), decided);

const nextDay = fc
  .tuple(fc.constantFrom('2026-07-01', '2026-07-02', '2026-07-03'), fc.constantFrom(1, 1, 2))
  .map(([asOf, modelVersion]) =>
    event('scores.refreshed', 'model:orders', { asOf, modelVersion }, { time: `${asOf}T01:00:00.000Z` }),
  );
/** A history, and then one thing or two after the other: after each step those are scored whom it concerns. */
const steps = fc
  .tuple(
    fc.array(happening, { minLength: 25, maxLength: 50 }),
    fc.array(
      fc.array(
        fc.oneof({ arbitrary: moneyStated, weight: 3 }, { arbitrary: happening, weight: 2 }, nextDay),
        {
          minLength: 1,
          maxLength: 2,
        },
      ),
      { minLength: 6, maxLength: 10 },
    ),
  )
  .map(([before, after]) => [[...decided, ...before], ...after]);

describe('scores of who orders and who subscribes', () => {
  const underTest = new ReadModelsUnderTest(retention);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  const settle = () =>
    onConnection(underTest.pool, (client) =>
      inTransaction(client, new Layout('retention'), 'shared', () => settleScores(client)),
    );
  const scores = async () => {
    await settle();
    return (await underTest.rows('scores')).map((row) => JSON.stringify(row)).sort();
  };

  it('are the same in any order, in any batches and told twice', async () => {
    let subscribers = 0;
    await fc.assert(
      fc.asyncProperty(histories, async (playings) => {
        const expected = await expectSameState(underTest, playings, scores);
        subscribers += expected.filter((row) => !row.includes('"subscriptions":null')).length;
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 8) },
    );
    expect(subscribers).toBeGreaterThan(0);
  }, 240_000);

  it('are what the whole history gives, though all that was added up before was kept', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await underTest.reset();
        for (const order of history) {
          await underTest.play({ order, batchSize: 50 });
          await settle();
        }
        expect(await underTest.differences()).toEqual([]);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 8) },
    );
  }, 240_000);
});
