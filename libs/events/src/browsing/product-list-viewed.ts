import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Sku, Text, touch } from '../schemas.js';

/** A customer looked at a list of products. */
export const productListViewed = eventType('product.list.viewed', {
  version: 1,
  description: 'A customer looked at a list of products: a category, a shelf, a set of suggestions.',
  data: Fields({
    list: Type.Optional(Text({ description: 'Name of the list.' })),
    category: Type.Optional(Text({ maxLength: 500, description: 'Category of the list.' })),
    skus: Type.Array(Sku(), { maxItems: 1000, description: 'Products in the sequence that was shown.' }),
    ...touch,
  }),
  example: { list: 'category', category: 'Home / Lights', skus: ['lamp', 'lantern'] },
});
