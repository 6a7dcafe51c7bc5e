import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Sku, Text } from '../schemas.js';

/** A product is no longer on sale. */
export const productWithdrawn = eventType('product.withdrawn', {
  version: 1,
  description: 'A product is no longer on sale, so it is no longer recommended.',
  data: Fields({
    sku: Sku(),
    reason: Type.Optional(Text({ description: 'Why, e.g. sold-out or recalled.' })),
  }),
  subject: 'product:lamp',
  example: { sku: 'lamp', reason: 'sold-out' },
});
