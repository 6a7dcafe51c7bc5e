import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Sku, Text } from '../schemas.js';

/** A customer looked at the cart. */
export const cartViewed = eventType('cart.viewed', {
  version: 1,
  description: 'A customer looked at the cart.',
  data: Fields({
    cartId: Type.Optional(Text({ description: 'The cart.' })),
    skus: Type.Optional(Type.Array(Sku(), { maxItems: 1000, description: 'Products in the cart.' })),
  }),
  example: { cartId: 'C-77', skus: ['lamp'] },
});
