import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Sku, Text } from '../schemas.js';

/** A customer told others of a product. */
export const productShared = eventType('product.shared', {
  version: 1,
  description: 'A customer told others of a product.',
  data: Fields({
    sku: Sku(),
    via: Type.Optional(Text({ description: 'By what way, e.g. email.' })),
  }),
  example: { sku: 'lamp', via: 'email' },
});
