import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, personal, Text, touch } from '../schemas.js';

/** A customer searched for products. */
export const productsSearched = eventType('products.searched', {
  version: 1,
  description: 'A customer searched for products.',
  data: Fields({
    query: personal(
      Type.String({ maxLength: 1000, description: 'What was typed; customers type anything.' }),
    ),
    results: Type.Optional(Type.Integer({ minimum: 0, description: 'Products that were found.' })),
    category: Type.Optional(Text({ maxLength: 500, description: 'Category that was searched.' })),
    ...touch,
  }),
  example: { query: 'desk lamp', results: 12 },
});
