import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Text } from '../schemas.js';

/** A customer used a coupon. */
export const couponApplied = eventType('coupon.applied', {
  version: 1,
  description: 'A customer used a coupon.',
  data: Fields({
    code: Text({ description: 'Code of the coupon.' }),
    orderId: Type.Optional(Text({ description: 'The order.' })),
    cartId: Type.Optional(Text({ description: 'The cart.' })),
    discount: Type.Optional(Money({ description: 'What it takes off, as an amount above zero.' })),
  }),
  example: { code: 'SPRING', cartId: 'C-77', discount: { amount: '5.00', currency: 'EUR' } },
});
