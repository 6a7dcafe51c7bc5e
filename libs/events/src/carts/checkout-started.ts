import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Text } from '../schemas.js';

/** A customer began to pay. */
export const checkoutStarted = eventType('checkout.started', {
  version: 1,
  description: 'A customer went from the cart to the checkout.',
  data: Fields({
    cartId: Type.Optional(Text({ description: 'The cart.' })),
    orderId: Type.Optional(Text({ description: 'The order that it becomes, if it is known already.' })),
    total: Type.Optional(Money({ description: 'What the cart is worth.' })),
  }),
  example: { cartId: 'C-77', orderId: 'A-1001', total: { amount: '59.80', currency: 'EUR' } },
});
