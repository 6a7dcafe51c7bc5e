import type { EventData } from '@perennial/events';
import { event, givenReadModels, merged, subjectIdOf, type GivenOptions } from '@perennial/testing';
import { retention } from '../retention.read-models.js';

const [ann, card] = ['user:ann', 'card:7'];
const money = (amount: string, currency = 'EUR') => ({ amount, currency });
const on = (day: string): GivenOptions => ({ time: `${day}T12:00:00.000Z` });

type Line = EventData<'order.placed'>['lines'][number];
const line = (sku: string, quantity: number, price: string, more: Partial<Line> = {}): Line => ({
  sku,
  quantity,
  price: money(price),
  ...more,
});
/** Two lamps and a bulb for 50, and postage. */
const placed = (orderId: string, subject = ann, options = on('2026-03-01')) =>
  event(
    'order.placed',
    subject,
    {
      orderId,
      total: money('50'),
      lines: [line('lamp', 2, '20'), line('bulb', 1, '10'), line('POST', 1, '4', { charge: true })],
    },
    options,
  );
const productCost = (sku: string, amount: string, validFrom?: string, options = on('2026-01-01')) =>
  event('product.cost.stated', `product:${sku}`, { sku, cost: money(amount), validFrom }, options);
const orderCost = (
  orderId: string,
  kind: EventData<'order.cost.stated'>['kind'],
  amount: string,
  options: GivenOptions = {},
) => event('order.cost.stated', `order:${orderId}`, { orderId, kind, cost: money(amount) }, options);
const returned = (
  returnId: string,
  orderId: string | undefined,
  amount: string,
  subject = ann,
  currency = 'EUR',
) =>
  event(
    'order.returned',
    subject,
    { returnId, ...(orderId && { orderId }), refund: money(amount, currency) },
    on('2026-03-05'),
  );
const rate = (of: string, day: string) =>
  event(
    'exchange.rate.published',
    'currency:USD',
    { base: 'USD', quote: 'EUR', rate: of, day },
    on('2026-03-01'),
  );

describe('The margin of an order', () => {
  const { given } = givenReadModels(retention);

  it('is what is left of its total after the cost of its products on its day', () =>
    given(
      productCost('LAMP', '8'),
      productCost('lamp', '9', '2026-03-01'),
      productCost('lamp', '19', '2026-03-02'),
      productCost('bulb', '2.5'),
      placed('A-1'),
    ).thenRows('order_margin', [
      {
        customer_id: subjectIdOf(ann),
        reporting_currency: 'EUR',
        revenue: 50,
        goods_cost: 20.5,
        costed_share: 1,
        other_cost: 0,
        margin: 29.5,
        contribution: 29.5,
      },
    ]));

  it('is not known while the cost of a product is not', () =>
    given(productCost('lamp', '9'), productCost('bulb', '1', '2026-03-02'), placed('A-1')).thenRows(
      'order_margin',
      [{ goods_cost: null, costed_share: 0.8, margin: null, contribution: 50 }],
    ));

  it('is not known where no cost was ever stated', () =>
    given(placed('A-1')).thenRows('order_margin', [
      { goods_cost: null, costed_share: 0, margin: null, contribution: 50 },
    ]));

  it('goes by what was stated of the order before what was stated of its products', () =>
    given(
      productCost('lamp', '9'),
      productCost('bulb', '2.5'),
      placed('A-1'),
      orderCost('A-1', 'goods', '31', on('2026-03-02')),
      orderCost('A-1', 'goods', '30', on('2026-03-03')),
      orderCost('A-1', 'shipping', '4.10'),
      orderCost('A-1', 'payment', '0.90'),
    ).thenRows('order_margin', [{ goods_cost: 30, other_cost: 5, margin: 15, contribution: 15 }]));

  it('takes other costs off, though the cost of the goods is not known', () =>
    given(placed('A-1'), orderCost('A-1', 'shipping', '4')).thenRows('order_margin', [
      { margin: null, other_cost: 4, contribution: 46 },
    ]));

  it('loses what was paid back, and gets back the cost of what came back', () =>
    given(
      productCost('lamp', '9'),
      productCost('bulb', '2'),
      placed('A-1'),
      orderCost('A-1', 'shipping', '4'),
      returned('R-1', 'A-1', '20'),
      returned('R-1', 'A-1', '20', card),
      merged(ann, card),
    ).thenRows('order_margin', [{ refunded: 20, goods_cost: 12, margin: 14 }]));

  it('is no more than the other costs when all of it came back', () =>
    given(
      productCost('lamp', '9'),
      productCost('bulb', '2'),
      placed('A-1'),
      orderCost('A-1', 'shipping', '4'),
      returned('R-1', 'A-1', '60'),
    ).thenRows('order_margin', [{ refunded: 60, goods_cost: 0, margin: -14 }]));

  it('loses its part of what was paid back for no order that is named, and of the orders up to then', () =>
    given(
      productCost('lamp', '9'),
      productCost('bulb', '2'),
      placed('A-1'),
      placed('A-2', ann, on('2026-03-04')),
      placed('A-3', ann, on('2026-03-06')),
      returned('R-1', 'A-2', '25'),
      returned('R-2', undefined, '30'),
      returned('R-3', 'A-9', '7.50', card),
      merged(ann, card),
    ).thenRows('order_margin', [
      { order_id: 'A-1', refunded: 25, goods_cost: 10, margin: 15 },
      { order_id: 'A-2', refunded: 37.5, goods_cost: 5, margin: 7.5 },
      { order_id: 'A-3', refunded: 0, goods_cost: 20, margin: 30 },
    ]));

  it('loses what was paid back before anything was left to be paid back for', () =>
    given(
      event('order.returned', ann, { returnId: 'R-1', refund: money('10') }, on('2026-02-01')),
      placed('A-1'),
      placed('A-2', ann, on('2026-03-02')),
    ).thenRows('order_margin', [
      { order_id: 'A-1', refunded: 10, contribution: 40 },
      { order_id: 'A-2', refunded: 0, contribution: 50 },
    ]));

  it('loses what was paid back in another currency: by the rate of the day of the order, or of the return', () =>
    given(
      rate('0.5', '2026-03-01'),
      rate('0.25', '2026-03-03'),
      placed('A-1'),
      returned('R-1', 'A-1', '10', ann, 'USD'),
      returned('R-2', undefined, '20', ann, 'USD'),
    ).thenRows('order_margin', [{ refunded: 10, contribution: 40 }]));

  it('loses nothing by a return of an order that was cancelled: it brought nothing either', () =>
    given(
      placed('A-1'),
      placed('A-2'),
      event('order.cancelled', card, { orderId: 'A-2' }),
      returned('R-1', 'A-2', '50'),
      merged(ann, card),
    ).thenRows('order_margin', [{ order_id: 'A-1', refunded: 0, contribution: 50 }]));

  it('is one, though the order is reported under two identifiers of the customer', () =>
    given(placed('A-1'), placed('A-1', card, on('2026-03-02')), merged(ann, card)).thenRows('order_margin', [
      { order_id: 'A-1', day: '2026-03-01', revenue: 50 },
    ]));

  it('converts costs by the rates of the day of the order', () =>
    given(
      placed('A-1'),
      rate('0.5', '2026-03-01'),
      event('order.cost.stated', ann, { orderId: 'A-1', kind: 'goods', cost: money('40', 'USD') }),
      event('order.cost.stated', ann, { orderId: 'A-1', kind: 'service', cost: money('3', 'USD') }),
    ).thenRows('order_margin', [{ goods_cost: 20, other_cost: 1.5, margin: 28.5 }]));
});

describe('The lines of an order', () => {
  const { given } = givenReadModels(retention);
  const listed = (sku: string, category?: string) =>
    event('product.listed', `product:${sku}`, { sku, name: sku, category });

  it('are its products, with the category that they are listed in', () =>
    given(listed('lamp', 'Home / Lights'), placed('A-1')).thenRows('order_line', [
      { sku: 'LAMP', category: 'Home / Lights', quantity: 2, price: 20, amount: 40, currency: 'EUR' },
      { sku: 'BULB', category: null, quantity: 1, amount: 10 },
    ]));

  it('are in the category that the order says while they are listed in none', () =>
    given(
      listed('lamp'),
      event('order.placed', ann, {
        orderId: 'A-1',
        total: money('1'),
        lines: [line('lamp', 0.5, '2', { category: 'Lights' })],
      }),
    ).thenRows('order_line', [{ category: 'Lights', quantity: 0.5, amount: 1 }]));

  it('are what the order was changed to', () =>
    given(
      placed('A-1'),
      event(
        'order.updated',
        ann,
        { orderId: 'A-1', total: money('5'), lines: [line('pen', 1, '5')] },
        on('2026-03-02'),
      ),
    ).thenRows('order_line', [{ sku: 'PEN', day: '2026-03-01' }]));
});
