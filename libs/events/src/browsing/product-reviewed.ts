import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, personal, Sku } from '../schemas.js';

/** A customer rated a product. */
export const productReviewed = eventType('product.reviewed', {
  version: 1,
  description: 'A customer rated a product.',
  data: Fields({
    sku: Sku(),
    rating: Type.Number({ minimum: 0, maximum: 5, description: 'From 0, the worst, to 5, the best.' }),
    text: Type.Optional(
      personal(Type.String({ maxLength: 20_000, description: 'What the customer wrote.' })),
    ),
  }),
  example: { sku: 'lamp', rating: 4.5, text: 'Bright and small.' },
});
