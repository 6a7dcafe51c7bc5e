import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Quantity, Sku, Text } from '../schemas.js';
import { OrderId } from './order-line.js';

/** Goods came back and money was paid back, for an order or a part of one. */
export const orderReturned = eventType('order.returned', {
  version: 1,
  description: 'Goods came back and money was paid back, for an order or a part of one.',
  data: Fields({
    returnId: Text({ description: 'The return; unique across the sources that report returns.' }),
    orderId: Type.Optional(OrderId()),
    refund: Money({ description: 'What is paid back, as an amount above zero.' }),
    lines: Type.Optional(
      Type.Array(
        Fields({
          sku: Sku(),
          quantity: Quantity({ description: 'Pieces that came back.' }),
          price: Type.Optional(Money({ description: 'What is paid back for one piece.' })),
        }),
        { maxItems: 2000, description: 'What came back; absent: the whole order.' },
      ),
    ),
    reason: Type.Optional(Text({ description: 'Why, in a word or two, e.g. broken.' })),
  }),
  example: {
    returnId: 'R-31',
    orderId: 'A-1001',
    refund: { amount: '29.90', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '29.90', currency: 'EUR' } }],
    reason: 'broken',
  },
});
