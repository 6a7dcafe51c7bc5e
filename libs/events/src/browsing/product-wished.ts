import { eventType } from '../event-type.js';
import { Fields, Sku, touch } from '../schemas.js';

/** A customer put a product on a wish list. */
export const productWished = eventType('product.wished', {
  version: 1,
  description: 'A customer put a product on a wish list.',
  data: Fields({ sku: Sku(), ...touch }),
  example: { sku: 'lamp' },
});
