import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Day, Fields, Money, Sku } from '../schemas.js';

/** What one piece of a product costs us; it holds until the next cost of the product. */
export const productCostStated = eventType('product.cost.stated', {
  version: 1,
  description:
    'What one piece of a product costs the company, from a day on, until the next cost of the product. A later statement for the same day corrects it.',
  data: Fields({
    sku: Sku(),
    cost: Money({ description: 'Cost of one piece.' }),
    validFrom: Type.Optional(
      Day({ description: 'First day (UTC) on which it holds; absent: the day of the event.' }),
    ),
  }),
  subject: 'product:lamp',
  example: { sku: 'lamp', cost: { amount: '14.20', currency: 'EUR' }, validFrom: '2026-03-01' },
});
