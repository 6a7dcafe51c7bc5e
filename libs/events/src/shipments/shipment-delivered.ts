import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';
import { OrderId } from '../orders/order-line.js';
import { ShipmentId } from './shipment-id.js';

/** A shipment reached the customer. */
export const shipmentDelivered = eventType('shipment.delivered', {
  version: 1,
  description: 'A shipment reached the customer.',
  data: Fields({ shipmentId: ShipmentId(), orderId: OrderId() }),
  example: { shipmentId: 'S-501', orderId: 'A-1001' },
});
