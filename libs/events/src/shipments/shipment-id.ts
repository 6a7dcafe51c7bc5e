import { Text } from '../schemas.js';

export const ShipmentId = () => Text({ description: 'The shipment; an order may have several.' });
