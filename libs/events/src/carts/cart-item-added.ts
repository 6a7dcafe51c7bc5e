import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Quantity, Sku, Text } from '../schemas.js';

/** A customer put a product into the cart. */
export const cartItemAdded = eventType('cart.item.added', {
  version: 1,
  description: 'A customer put a product into the cart.',
  data: Fields({
    cartId: Type.Optional(Text({ description: 'The cart.' })),
    sku: Sku(),
    quantity: Quantity({ description: 'Pieces that were added.' }),
    price: Type.Optional(Money({ description: 'Price of one piece.' })),
  }),
  example: { cartId: 'C-77', sku: 'lamp', quantity: 1, price: { amount: '29.90', currency: 'EUR' } },
});
