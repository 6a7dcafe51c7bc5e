import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Money, Sku, Text, touch } from '../schemas.js';

/** A customer looked at a product. */
export const productViewed = eventType('product.viewed', {
  version: 1,
  description: 'A customer looked at a product.',
  data: Fields({
    sku: Sku(),
    name: Type.Optional(Text({ maxLength: 500, description: 'Name that was shown.' })),
    category: Type.Optional(Text({ maxLength: 500, description: 'Category that was shown.' })),
    brand: Type.Optional(Text({ description: 'Brand that was shown.' })),
    price: Type.Optional(Money({ description: 'Price that was shown.' })),
    ...touch,
  }),
  example: { sku: 'lamp', price: { amount: '29.90', currency: 'EUR' }, channel: 'web' },
});
