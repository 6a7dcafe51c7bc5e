import { event, givenReadModels, subjectIdOf } from '@perennial/testing';
import { facts } from './facts/facts.js';
import { Busiest, Order, orders, Pair, Purchases, Reader, shop, Stay, Visit } from './testing/shop.models.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (
  orderId: string,
  subject: string,
  total: string,
  skus: string[],
  time = '2026-03-01T12:00:00.000Z',
) =>
  event(
    'order.placed',
    subject,
    { orderId, total: eur(total), lines: skus.map((sku) => ({ sku, quantity: 1, price: eur('1') })) },
    { time },
  );
const [ann, phone, bob] = ['user:ann', 'card:77', 'user:bob'];
const merged = (customer: string, ...others: string[]) =>
  event(
    'customers.merged',
    `customer:${subjectIdOf(customer)}`,
    { customerId: subjectIdOf(customer), subjectIds: others.map(subjectIdOf), because: [subjectIdOf('x')] },
    { time: '2026-03-02T00:00:00.000Z' },
  );
const split = (customer: string, other: string) =>
  event(
    'customers.split',
    `customer:${subjectIdOf(customer)}`,
    {
      customerId: subjectIdOf(other),
      fromCustomerId: subjectIdOf(customer),
      subjectIds: [subjectIdOf(other)],
      because: [subjectIdOf('y')],
    },
    { time: '2026-03-03T00:00:00.000Z' },
  );

describe('read models', () => {
  const { given } = givenReadModels(shop);

  it('count an order once, whoever reports it', () =>
    given(
      placed('A-1', ann, '10.00', ['lamp']),
      event(
        'order.placed',
        ann,
        { orderId: 'A-1', total: eur('10.00'), lines: [{ sku: 'lamp', quantity: 1, price: eur('10.00') }] },
        { source: '/erp', time: '2026-03-01T12:00:05.000Z' },
      ),
    ).thenRows(Purchases, [{ customer_id: subjectIdOf(ann), orders: 1, revenue: 10 }]));

  it('see a stay go on for as long as there is no break, whether it grows at its end or at its beginning', () => {
    const saw = (minute: string) =>
      event('page.viewed', ann, { path: '/' }, { time: `2026-03-01T12:${minute}:00.000Z` });
    return given(...['00', '02', '04', '06', '08', '11'].map(saw)).thenRows(Stay, [
      { began_at: '2026-03-01T12:00:00+00:00', ended_at: '2026-03-01T12:08:00+00:00', pages: 5 },
      { began_at: '2026-03-01T12:11:00+00:00', ended_at: '2026-03-01T12:11:00+00:00', pages: 1 },
    ]);
  });

  it('forget a cancelled order, even if the cancellation comes first', () =>
    given(
      event('order.cancelled', ann, { orderId: 'A-1' }, { time: '2026-03-01T13:00:00.000Z' }),
      placed('A-1', ann, '10.00', ['lamp']),
    ).thenNoRow(Purchases));

  it('keep the latest total and the first channel by event time', () =>
    given(
      event(
        'order.placed',
        ann,
        {
          orderId: 'A-1',
          total: eur('12.00'),
          channel: 'store',
          lines: [{ sku: 'lamp', quantity: 1, price: eur('12') }],
        },
        { source: '/erp', time: '2026-03-01T14:00:00.000Z' },
      ),
      event(
        'order.placed',
        ann,
        {
          orderId: 'A-1',
          total: eur('10.00'),
          channel: 'web',
          lines: [{ sku: 'desk', quantity: 1, price: eur('10') }],
        },
        { time: '2026-03-01T12:00:00.000Z' },
      ),
    ).thenRows(Order, [{ total: 12, channel: 'web', skus: ['desk', 'lamp'] }]));

  it('count pairs of what was ordered together, less cancelled orders', () =>
    given(
      placed('A-1', ann, '10', ['lamp', 'desk', 'pen']),
      placed('B-1', bob, '10', ['desk', 'lamp']),
      placed('B-2', bob, '10', ['desk', 'pen']),
      event('order.cancelled', bob, { orderId: 'B-2' }, { time: '2026-03-01T13:00:00.000Z' }),
    ).thenRows(Pair, [
      { sku_a: 'desk', sku_b: 'lamp', orders: 2 },
      { sku_a: 'desk', sku_b: 'pen', orders: 1 },
      { sku_a: 'lamp', sku_b: 'pen', orders: 1 },
    ]));

  it('add up what a merged customer bought under all its identifiers', () =>
    given(
      placed('A-1', ann, '10.50', ['lamp']),
      placed('A-2', phone, '5.25', ['pen']),
      merged(ann, phone),
    ).thenRows(Purchases, [{ customer_id: subjectIdOf(ann), orders: 2, revenue: 15.75 }]));

  it('after a split are what they would have been', () =>
    given(
      placed('A-1', ann, '10.50', ['lamp']),
      placed('A-2', phone, '5.25', ['pen']),
      merged(ann, phone),
      split(ann, phone),
    ).thenRows(Purchases, [
      { customer_id: subjectIdOf(ann), orders: 1, revenue: 10.5 },
      { customer_id: subjectIdOf(phone), orders: 1, revenue: 5.25 },
    ]));

  it('keep one row an event where the event is the key, and sum over all customers', async () => {
    const seen = [
      event('page.viewed', ann, { path: '/' }, { time: '2026-03-01T12:00:00.000Z' }),
      event('page.viewed', ann, { path: '/' }, { time: '2026-03-01T12:05:00.000Z' }),
      event('page.viewed', bob, { path: '/' }, { time: '2026-03-01T11:00:00.000Z' }),
      event('page.viewed', bob, { path: '/help' }),
    ];
    await given(...seen).thenRow(Visit, { subject_id: subjectIdOf(bob), path: '/help' });
    await given(...seen).thenRows(Busiest, [
      { path: '/', views: 3, last_seen_at: '2026-03-01T12:05:00+00:00' },
      { path: '/help', views: 1 },
    ]);
    await given(...seen).thenRows('top_pages', [
      { path: '/', views: 3 },
      { path: '/help', views: 1 },
    ]);
  });

  it('take the same row any number of times where all of it is key', async () => {
    const pages = Array.from({ length: 300 }, (_, page) =>
      [ann, bob].map((who) => event('page.viewed', who, { path: `/${page}` })),
    );
    await given(...pages.flat(), event('page.viewed', ann, { path: '/7' }, { id: 'again' })).thenRow(Reader, {
      path: '/7',
      subject_id: subjectIdOf(ann),
    });
  });

  it('set an event aside that the database refuses, and apply its neighbours', async () => {
    const poison = placed('\u0000', bob, '1', ['pen']);
    await given(placed('A-1', ann, '10', ['lamp']), poison, placed('B-9', bob, '3', ['pen'])).thenUnapplied(
      'refused-by-database',
    );
    await given(placed('A-1', ann, '10', ['lamp']), poison, placed('B-9', bob, '3', ['pen'])).thenRows(
      Purchases,
      [
        { customer_id: subjectIdOf(ann), orders: 1 },
        { customer_id: subjectIdOf(bob), orders: 1, revenue: 3 },
      ],
    );
  });
});

describe('a table that is summed', () => {
  // Given that a returned order is booked on whoever is said to have paid
  const payer = subjectIdOf('user:payer');
  const { given } = givenReadModels({
    schema: 'payers',
    facts: [
      facts(Order, {
        'order.placed': orders.on.get('order.placed'),
        'order.returned': ({ data }) => ({ subjectId: payer, orderId: data.orderId ?? '', refunded: '1' }),
      }),
    ],
    tables: [Pair],
  });
  const returned = (subject: string) =>
    event('order.returned', subject, {
      returnId: 'R-1',
      orderId: 'A-1',
      refund: eur('1'),
      lines: [{ sku: 'lamp', quantity: 1 }],
    });

  it('refuses a row of another subject than that of the event', () =>
    given(placed('A-1', ann, '10', ['lamp', 'pen']), returned(ann)).thenUnapplied('projection-failed'));

  it('takes rows of the subject of the event, named or not', () =>
    given(placed('A-1', 'user:payer', '10', ['lamp', 'pen']), returned('user:payer')).thenRow(Order, {
      order_id: 'A-1',
      refunded: 1,
    }));
});
