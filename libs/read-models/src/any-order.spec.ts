import { event, ReadModelsUnderTest, subjectIdOf } from '@perennial/testing';
import { expectSameState, twoPlayings } from '@perennial/testing/any-order';
import fc from 'fast-check';
import { shop } from './testing/shop.models.js';

const people = ['user:ann', 'user:bob', 'card:77', 'anonymous:x', 'email:c@example.org'];
const eur = (cents: number) => ({ amount: (cents / 100).toFixed(2), currency: 'EUR' });

const subject = fc.constantFrom(...people);
const orderId = fc.constantFrom('A-1', 'A-2');
const source = fc.constantFrom('/shop', '/erp');
/** Few moments, so that ties and contradictions are common, above all at either end: between them nothing hangs on a tie. */
const time = fc
  .oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }) }, fc.constantFrom(0, 20))
  .map((minute) => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString());
const skus = fc.uniqueArray(fc.constantFrom('lamp', 'desk', 'pen', 'ärmel', '\u{1f600}', '\ufffd'), {
  minLength: 1,
  maxLength: 4,
});

const placed = fc
  .record({
    subject,
    orderId,
    source,
    time,
    skus,
    cents: fc.integer({ min: 0, max: 9_999 }),
    channel: fc.option(fc.constantFrom('web', 'store'), { nil: undefined }),
  })
  .map(({ subject, orderId, source, time, skus, cents, channel }) =>
    event(
      'order.placed',
      subject,
      {
        orderId,
        total: eur(cents),
        channel,
        lines: skus.map((sku) => ({ sku, quantity: 1, price: eur(100) })),
      },
      { source, time },
    ),
  );
const cancelled = fc
  .record({ subject, orderId, source, time })
  .map(({ subject, orderId, source, time }) =>
    event('order.cancelled', subject, { orderId }, { source, time }),
  );
const returned = fc
  .record({
    subject,
    orderId,
    time,
    cents: fc.integer({ min: 1, max: 500 }),
    returnId: fc.constantFrom('R-1', 'R-2'),
  })
  .map(({ subject, orderId, time, cents, returnId }) =>
    event('order.returned', subject, { returnId, orderId, refund: eur(cents) }, { time }),
  );
const viewed = fc
  .record({ subject, time, path: fc.constantFrom('/', '/help') })
  .map(({ subject, time, path }) => event('page.viewed', subject, { path }, { time }));
const merged = fc
  .record({ into: subject, others: fc.uniqueArray(subject, { minLength: 1, maxLength: 3 }), time })
  .map(({ into, others, time }) =>
    event(
      'customers.merged',
      `customer:${subjectIdOf(into)}`,
      { customerId: subjectIdOf(into), subjectIds: others.map(subjectIdOf), because: ['x'] },
      { time },
    ),
  );
const split = fc.record({ from: subject, to: subject, time }).map(({ from, to, time }) =>
  event(
    'customers.split',
    `customer:${subjectIdOf(from)}`,
    {
      customerId: subjectIdOf(to),
      fromCustomerId: subjectIdOf(from),
      subjectIds: [subjectIdOf(to)],
      because: ['y'],
    },
    { time },
  ),
);

const history = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: placed },
    { weight: 4, arbitrary: viewed },
    cancelled,
    returned,
    merged,
    split,
  ),
  { minLength: 1, maxLength: 40 },
);
describe('any order, same state', () => {
  const shopUnderTest = new ReadModelsUnderTest(shop);
  beforeAll(() => shopUnderTest.open());
  afterAll(() => shopUnderTest.close());

  it('holds for every history, in any order, in any batches, with duplicates, merged, split and rebuilt', async () => {
    await fc.assert(
      fc.asyncProperty(twoPlayings(history), async (playings) => {
        await expectSameState(shopUnderTest, playings, () => shopUnderTest.dump());
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 30) },
    );
  }, 240_000);

  it('is noticed to be broken: a difference put in by hand is found', async () => {
    await shopUnderTest.reset();
    await shopUnderTest.play({ order: [event('page.viewed', 'user:ann', { path: '/' })], batchSize: 1 });
    await shopUnderTest.pool.query('update shop_tables.busiest set views = views + 1');
    expect(await shopUnderTest.differences()).toMatchObject([{ readModel: 'busiest', differences: 2 }]);
  });
});
