import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text } from '../schemas.js';
import { OrderId } from './order-line.js';

/** A whole order was called off before it was fulfilled. */
export const orderCancelled = eventType('order.cancelled', {
  version: 1,
  description: 'A whole order was called off before it was fulfilled.',
  data: Fields({
    orderId: OrderId(),
    reason: Type.Optional(Text({ description: 'Why, in a word or two, e.g. payment-failed.' })),
  }),
  example: { orderId: 'A-1001', reason: 'changed-mind' },
});
