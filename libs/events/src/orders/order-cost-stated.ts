import { eventType } from '../event-type.js';
import { Fields, Money, OneOf } from '../schemas.js';
import { OrderId } from './order-line.js';

/** What an order costs us, by kind of cost; the latest statement of a kind holds. */
export const orderCostStated = eventType('order.cost.stated', {
  version: 1,
  description:
    'What an order costs the company. The latest statement of a kind of cost holds; kinds add up. The cost of `goods` takes the place of the costs of its products. The subject is the customer, or `order:` and the number where the source knows no customer.',
  data: Fields({
    orderId: OrderId(),
    kind: OneOf(['goods', 'shipping', 'payment', 'service', 'other'], {
      description: 'What it was spent on.',
    }),
    cost: Money({ description: 'Cost of this kind for the whole order.' }),
  }),
  subject: 'order:A-1001',
  example: { orderId: 'A-1001', kind: 'shipping', cost: { amount: '4.10', currency: 'EUR' } },
});
