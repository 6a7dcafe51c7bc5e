import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Quantity, Sku, Text } from '../schemas.js';

/** A customer took a product out of the cart. */
export const cartItemRemoved = eventType('cart.item.removed', {
  version: 1,
  description: 'A customer took a product out of the cart.',
  data: Fields({
    cartId: Type.Optional(Text({ description: 'The cart.' })),
    sku: Sku(),
    quantity: Quantity({ description: 'Pieces that were taken out.' }),
    price: Type.Optional(Money({ description: 'Price of one piece.' })),
  }),
  example: { cartId: 'C-77', sku: 'lamp', quantity: 1, price: { amount: '29.90', currency: 'EUR' } },
});
