import { eventType } from '../event-type.js';
import { Fields, Money } from '../schemas.js';
import { OrderId, OrderLines } from './order-line.js';

/** An order was changed; the latest statement of its total and lines holds. */
export const orderUpdated = eventType('order.updated', {
  version: 1,
  description: 'An order was changed. The latest statement of its total and its lines holds.',
  data: Fields({
    orderId: OrderId(),
    total: Money({ description: 'What the customer pays now, less discounts, without shipping and tax.' }),
    lines: OrderLines(),
  }),
  example: {
    orderId: 'A-1001',
    total: { amount: '29.90', currency: 'EUR' },
    lines: [{ sku: 'lamp', name: 'Desk lamp', quantity: 1, price: { amount: '29.90', currency: 'EUR' } }],
  },
});
