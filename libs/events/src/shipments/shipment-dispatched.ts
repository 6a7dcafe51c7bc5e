import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Instant, personal, Text } from '../schemas.js';
import { OrderId } from '../orders/order-line.js';
import { ShipmentId } from './shipment-id.js';

/** A shipment left the warehouse. */
export const shipmentDispatched = eventType('shipment.dispatched', {
  version: 1,
  description: 'A shipment left the warehouse.',
  data: Fields({
    shipmentId: ShipmentId(),
    orderId: OrderId(),
    carrier: Type.Optional(Text({ description: 'Who carries it.' })),
    promisedAt: Type.Optional(Instant({ description: 'Until when delivery was promised.' })),
    trackingNumber: Type.Optional(
      personal(Text({ description: 'Number at the carrier, which may show name and address.' })),
    ),
  }),
  example: {
    shipmentId: 'S-501',
    orderId: 'A-1001',
    carrier: 'Post',
    promisedAt: '2026-03-04T18:00:00Z',
    trackingNumber: 'JJ000123456',
  },
});
