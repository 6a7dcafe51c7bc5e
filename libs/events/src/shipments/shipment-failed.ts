import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text } from '../schemas.js';
import { OrderId } from '../orders/order-line.js';
import { ShipmentId } from './shipment-id.js';

/** A shipment did not reach the customer: an attempt failed, or it was lost. */
export const shipmentFailed = eventType('shipment.failed', {
  version: 1,
  description: 'A shipment did not reach the customer: an attempt failed, or it was lost.',
  data: Fields({
    shipmentId: ShipmentId(),
    orderId: OrderId(),
    reason: Type.Optional(Text({ description: 'Why, in a word or two, e.g. nobody-home.' })),
  }),
  example: { shipmentId: 'S-501', orderId: 'A-1001', reason: 'nobody-home' },
});
