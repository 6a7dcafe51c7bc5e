import { rebuild } from '@perennial/read-models';
import { event, givenReadModels, subjectIdOf, type GivenEvent } from '@perennial/testing';
import fc from 'fast-check';
import { retention } from '../retention.read-models.js';
import { Purchases } from './purchases.derived.js';

const [ann, card, bob] = ['user:ann', 'card:77', 'user:bob'];
const money = (amount: string, currency = 'EUR') => ({ amount, currency });
const lines = [{ sku: 'lamp', quantity: 1, price: money('1') }];

interface Told {
  time?: string;
  source?: string;
  currency?: string;
  orderId?: string;
}
const placed = (orderId: string, subject: string, total: string, { currency, ...told }: Told = {}) =>
  event('order.placed', subject, { orderId, total: money(total, currency), lines }, told);
const updated = (orderId: string, subject: string, total: string, told: Told = {}) =>
  event('order.updated', subject, { orderId, total: money(total), lines }, told);
const cancelled = (orderId: string, subject: string, told: Told = {}) =>
  event('order.cancelled', subject, { orderId }, told);
const returned = (
  returnId: string,
  subject: string,
  amount: string,
  { currency, orderId, ...told }: Told = {},
) =>
  event(
    'order.returned',
    subject,
    { returnId, ...(orderId && { orderId }), refund: money(amount, currency) },
    told,
  );
const merged = (into: string, other: string) =>
  event(
    'customers.merged',
    `customer:${subjectIdOf(into)}`,
    { customerId: subjectIdOf(into), subjectIds: [subjectIdOf(other)], because: ['link'] },
    { time: '2026-04-01T00:00:00.000Z' },
  );
const splitOff = (from: string, other: string) =>
  event(
    'customers.split',
    `customer:${subjectIdOf(other)}`,
    {
      customerId: subjectIdOf(other),
      fromCustomerId: subjectIdOf(from),
      subjectIds: [subjectIdOf(other)],
      because: ['unlink'],
    },
    { time: '2026-04-02T00:00:00.000Z' },
  );

const on = (day: string, hour = '12:00') => ({ time: `${day}T${hour}:00.000Z` });

describe('purchases', () => {
  const { given, subject } = givenReadModels(retention);

  it('add up orders to the cent, with the first, the latest and the days between', () =>
    given(
      placed('A-1', ann, '10.10', on('2026-03-01')),
      placed('A-2', ann, '20.20', on('2026-03-01', '18:00')),
      placed('A-3', ann, '0.03', on('2026-03-09')),
    ).thenRows(Purchases, [
      {
        customer_id: subjectIdOf(ann),
        currency: 'EUR',
        orders: 3,
        revenue: 30.33,
        order_days: 2,
        first_order_at: '2026-03-01T12:00:00+00:00',
        last_order_at: '2026-03-09T12:00:00+00:00',
        returns: 0,
        refunded: 0,
        net_revenue: 30.33,
        average_order_value: 10.11,
      },
    ]));

  it('count an order once when two systems report it', () =>
    given(
      placed('A-1', ann, '10', { source: '/shop' }),
      placed('A-1', ann, '10', { source: '/erp', ...on('2026-03-01', '12:01') }),
    ).thenRows(Purchases, [{ orders: 1, revenue: 10 }]));

  it('count an order once when it is reported under two identifiers of one customer, at the total stated last', () =>
    given(
      placed('A-1', ann, '10', on('2026-03-01', '12:05')),
      placed('A-1', card, '11', on('2026-03-01', '12:00')),
      merged(ann, card),
    ).thenRows(Purchases, [{ customer_id: subjectIdOf(ann), orders: 1, revenue: 10 }]));

  it('take the total stated last, whatever arrives first', () =>
    given(
      updated('A-1', ann, '7.50', on('2026-03-02')),
      updated('A-1', ann, '9.00', on('2026-03-01', '13:00')),
      placed('A-1', ann, '10', on('2026-03-01')),
    ).thenRows(Purchases, [{ orders: 1, revenue: 7.5, last_order_at: '2026-03-01T12:00:00+00:00' }]));

  it('leave out an order that was only changed and never placed', () =>
    given(updated('A-1', ann, '7.50')).thenNoRow(Purchases));

  it('forget a cancelled order, even if the cancellation comes first', () =>
    given(
      cancelled('A-1', ann, on('2026-03-01', '13:00')),
      placed('A-1', ann, '10'),
      placed('A-2', ann, '5', on('2026-03-03')),
    ).thenRows(Purchases, [{ orders: 1, revenue: 5, first_order_at: '2026-03-03T12:00:00+00:00' }]));

  it('forget an order that was cancelled under another identifier of the customer', () =>
    given(placed('A-1', ann, '10'), cancelled('A-1', card), merged(ann, card)).thenNoRow(Purchases));

  it('take off what was paid back, once a return, however many systems tell of it', () =>
    given(
      placed('A-1', ann, '30'),
      returned('R-1', ann, '10', { source: '/shop', ...on('2026-03-05') }),
      returned('R-1', ann, '9', { source: '/erp', ...on('2026-03-06') }),
      returned('R-1', card, '8', on('2026-03-04')),
      returned('R-2', ann, '0.5', on('2026-03-07')),
      merged(ann, card),
    ).thenRows(Purchases, [{ revenue: 30, returns: 2, refunded: 9.5, net_revenue: 20.5 }]));

  it('show a customer who only sent something back', () =>
    given(returned('R-1', bob, '12.30')).thenRows(Purchases, [
      {
        customer_id: subjectIdOf(bob),
        orders: 0,
        revenue: 0,
        first_order_at: null,
        returns: 1,
        refunded: 12.3,
        net_revenue: -12.3,
        average_order_value: null,
      },
    ]));

  it('keep currencies apart', () =>
    given(
      placed('A-1', ann, '10'),
      placed('A-2', ann, '20', { currency: 'USD' }),
      returned('R-1', ann, '5', { currency: 'USD' }),
    ).thenRows(Purchases, [
      { currency: 'EUR', orders: 1, revenue: 10, net_revenue: 10 },
      { currency: 'USD', orders: 1, revenue: 20, net_revenue: 15 },
    ]));

  it('tell days apart in UTC', () =>
    given(
      placed('A-1', ann, '1', on('2026-03-01', '23:59')),
      placed('A-2', ann, '2', on('2026-03-02', '00:00')),
    ).thenRows('purchase_day', [
      { day: '2026-03-01', orders: 1, revenue: 1 },
      { day: '2026-03-02', orders: 1, revenue: 2 },
    ]));

  it('are read by day from the orders that a rebuild put in place', async () => {
    await given(placed('A-1', ann, '1')).thenRow(Purchases, { orders: 1 });
    await rebuild(subject.source, ['order']);
    expect(await subject.rows('purchase_day')).toEqual([
      expect.objectContaining({ day: '2026-03-01', revenue: 1 }),
    ]);
  });

  it('after a merge and a split are what they would have been', () =>
    given(
      placed('A-1', ann, '10.5'),
      placed('A-2', card, '5.25'),
      returned('R-1', card, '1'),
      merged(ann, card),
      splitOff(ann, card),
    ).thenRows(Purchases, [
      { customer_id: subjectIdOf(ann), orders: 1, revenue: 10.5, refunded: 0 },
      { customer_id: subjectIdOf(card), orders: 1, revenue: 5.25, refunded: 1 },
    ]));

  /** Customers whose orders, looked at one by one as costs need it, leave another value than the sums do. */
  const unlikeTheirOrders = async () => {
    const { rows } = await subject.pool.query<Record<string, string>>(
      `select p.customer_id, net_revenue, margins.value
         from retention.purchases p
         join (select customer_id, sum(contribution) as value from retention.order_margin group by 1) margins using (customer_id)
        where abs(greatest(net_revenue, 0) - greatest(value, 0)) > 0.0001`,
    );
    return rows;
  };

  it('count no return of an order that was cancelled, whenever that becomes known', () =>
    given(
      placed('A-1', ann, '10'),
      returned('R-1', card, '10', { orderId: 'A-1' }),
      returned('R-2', ann, '3', { orderId: 'A-2' }),
      merged(ann, card),
      cancelled('A-1', ann),
      placed('A-2', ann, '5'),
    ).thenRows(Purchases, [{ orders: 1, revenue: 5, returns: 1, refunded: 3, net_revenue: 2 }]));

  it('are the fold of any history, in any order and any batches', async () => {
    const person = fc.constantFrom(ann, card, bob);
    const order = fc.constantFrom('A-1', 'A-2', 'A-3');
    const cents = fc.integer({ min: 0, max: 5_000 }).map((amount) => (amount / 100).toFixed(2));
    const when = fc
      .integer({ min: 0, max: 60 })
      .map((hours) => ({ time: new Date(Date.UTC(2026, 2, 1, hours)).toISOString() }));
    const told: fc.Arbitrary<GivenEvent> = fc.oneof(
      fc.tuple(order, person, cents, when).map(([...of]) => placed(...of)),
      fc.tuple(order, person, cents, when).map(([...of]) => updated(...of)),
      fc.tuple(order, person, when).map(([...of]) => cancelled(...of)),
      fc
        .tuple(fc.constantFrom('R-1', 'R-2'), person, cents, when, fc.option(order, { nil: undefined }))
        .map(([id, of, amount, { time }, orderId]) => returned(id, of, amount, { time, orderId })),
      fc.constantFrom(merged(ann, card), merged(bob, card), splitOff(ann, card)),
    );
    const history = fc.array(told, { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(
        history.chain((events) =>
          fc.tuple(
            fc.constant(events),
            fc.shuffledSubarray(events, { minLength: events.length }),
            fc.integer({ min: 1, max: 5 }),
          ),
        ),
        async ([events, shuffled, batchSize]) => {
          await subject.reset();
          await subject.play({ order: events, batchSize: 1000 });
          const whole = await subject.dump();
          await subject.reset();
          await subject.play({ order: shuffled, batchSize });
          expect(await subject.dump()).toEqual(whole);
          expect(await unlikeTheirOrders()).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
    expect(await subject.differences()).toEqual([]);
  });
});
