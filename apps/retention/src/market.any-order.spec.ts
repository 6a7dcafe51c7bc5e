import { ReadModelsUnderTest, subjectIdOf } from '@perennial/testing';
import { expectSameState, statedWith, twoPlayings } from '@perennial/testing/any-order';
import fc from 'fast-check';
import { retention } from './retention.read-models.js';

const people = ['user:ann', 'user:bob', 'card:77'];
const subject = fc.constantFrom(...people);
const currency = fc.constantFrom('EUR', 'USD', 'GBP');
const money = fc.record({
  amount: fc.integer({ min: 1, max: 9_999 }).map((cents) => (cents / 100).toFixed(2)),
  currency,
});
/** Few days, numbers and times, so that ties and contradictions are common. */
const day = fc.integer({ min: 1, max: 3 }).map((of) => `2026-03-0${of}`);
const time = fc.tuple(day, fc.constant('12')).map(([of, hour]) => `${of}T${hour}:00:00.000Z`);
const orderId = fc.constantFrom('A-1', 'A-2');
const sku = fc.constantFrom('lamp', 'LAMP', 'pen');
const subscriptionId = fc.constantFrom('S-1', 'S-2');
const rate = fc.integer({ min: 1, max: 300 }).map((hundredths) => (hundredths / 100).toFixed(2));
const options = fc.record({ time, source: fc.constantFrom('/shop', '/erp') });

const lines = fc.array(fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }), price: money }), {
  minLength: 1,
  maxLength: 2,
});
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

const happening = fc.oneof(
  one('order.placed', subject, fc.record({ orderId, total: money, lines })),
  one(
    'order.returned',
    subject,
    fc.record({ returnId: fc.constantFrom('R-1', 'R-2'), orderId, refund: money }),
  ),
  one('product.cost.stated', fc.constant('product:lamp'), fc.record({ sku, cost: money, validFrom: day })),
  one(
    'order.cost.stated',
    fc.constant('order:A-1'),
    fc.record({ orderId, cost: money, kind: fc.constantFrom('goods' as const, 'shipping' as const) }),
  ),
  one(
    'exchange.rate.published',
    fc.constant('currency:EUR'),
    fc.record({ base: currency, quote: currency, rate, day }),
  ),
  one('reporting.currency.set', fc.constant('setting:reporting-currency'), fc.record({ currency })),
  one('subscription.started', subject, terms),
  one('subscription.changed', subject, terms),
  one('subscription.renewed', subject, fc.record({ subscriptionId, periodFrom: day })),
  one('subscription.cancelled', subject, fc.record({ subscriptionId, endsOn: day })),
  one('subscription.resumed', subject, fc.record({ subscriptionId })),
  one(
    'wallet.declared',
    subject,
    fc.record({
      category: fc.constantFrom('Home', 'Garden'),
      spend: money,
      period: fc.constantFrom('month' as const, 'year' as const),
      basis: fc.constantFrom('declared' as const, 'estimated' as const),
      source: fc.constantFrom('survey', 'panel'),
      confidence: fc.constantFrom(0.5, 0.9),
    }),
  ),
  one(
    'customers.merged',
    fc.constant(`customer:${subjectIdOf('user:ann')}`),
    subject.map((other) => ({
      customerId: subjectIdOf('user:ann'),
      subjectIds: [subjectIdOf(other)],
      because: ['a link'],
    })),
  ),
);
const histories = twoPlayings(fc.array(happening, { minLength: 20, maxLength: 60 }));

const views = [
  'reporting_currency',
  'conversion',
  'order_line',
  'order_margin',
  'subscription_life',
  'share_of_wallet',
  'cohort_triangle',
];

describe('costs, rates, subscriptions and wallets', () => {
  const underTest = new ReadModelsUnderTest(retention);
  beforeAll(() => underTest.open());
  afterAll(() => underTest.close());

  const seen = async () => {
    const seen: Record<string, string[]> = await underTest.dump();
    for (const view of views)
      seen[view] = (await underTest.rows(view)).map((row) => JSON.stringify(row)).sort();
    return seen;
  };

  it('are the same in any order, in any batches and told twice', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (playings) => {
        await expectSameState(underTest, playings, seen);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 8) },
    );
  }, 240_000);
});
