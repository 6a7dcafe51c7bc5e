import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Money } from '../schemas.js';

/** A customer ordered. Several systems may report the same order: `orderId` is what makes it one. */
export const orderPlaced = eventType('order.placed', {
  version: 1,
  description: 'A customer ordered. Several systems may report the same order; `orderId` is what makes it one.',
  data: Type.Object({
    orderId: Type.String({ minLength: 1, maxLength: 200, description: 'Unique across the sources that report orders.' }),
    total: Money({ description: 'What the customer pays, less discounts, without shipping and tax.' }),
    channel: Type.Optional(Type.String({ maxLength: 100, description: 'Where it was ordered: web, store, phone …' })),
    lines: Type.Array(
      Type.Object({
        sku: Type.String({ minLength: 1, maxLength: 200, description: 'Product code.' }),
        name: Type.Optional(Type.String({ maxLength: 500, description: 'Product name as sold.' })),
        quantity: Type.Number({ exclusiveMinimum: 0, description: 'Pieces.' }),
        price: Money({ description: 'Price of one piece.' }),
      }),
      { minItems: 1, maxItems: 2000 },
    ),
  }),
  example: {
    orderId: 'A-1001',
    total: { amount: '59.80', currency: 'EUR' },
    channel: 'web',
    lines: [{ sku: 'lamp', name: 'Desk lamp', quantity: 2, price: { amount: '29.90', currency: 'EUR' } }],
  },
});
