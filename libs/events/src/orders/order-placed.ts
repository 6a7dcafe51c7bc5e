import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Text, touch } from '../schemas.js';
import { OrderId, OrderLines } from './order-line.js';

/** A customer ordered. Several systems may report the same order: `orderId` is what makes it one. */
export const orderPlaced = eventType('order.placed', {
  version: 1,
  description:
    'A customer ordered. Several systems may report the same order; `orderId` is what makes it one.',
  data: Fields({
    orderId: OrderId(),
    total: Money({ description: 'What the customer pays, less discounts, without shipping and tax.' }),
    lines: OrderLines(),
    discount: Type.Optional(Money({ description: 'What was taken off, as an amount above zero.' })),
    shipping: Type.Optional(Money({ description: 'Postage.' })),
    tax: Type.Optional(Money({ description: 'Tax.' })),
    coupon: Type.Optional(Text({ description: 'Code of the coupon that was used.' })),
    ...touch,
  }),
  example: {
    orderId: 'A-1001',
    total: { amount: '59.80', currency: 'EUR' },
    channel: 'web',
    lines: [{ sku: 'lamp', name: 'Desk lamp', quantity: 2, price: { amount: '29.90', currency: 'EUR' } }],
  },
});
