import type { CustomerEvent, DataOf } from './event-type.js';
import { orderPlaced } from './orders/order-placed.js';

/** Every event type by its name. */
export const catalogue = {
  'order.placed': orderPlaced,
};

export type Catalogue = typeof catalogue;
export type EventName = keyof Catalogue;
export type EventData<Name extends EventName> = DataOf<Catalogue[Name]>;
/** An event of one type of the catalogue. */
export type EventOf<Name extends EventName> = CustomerEvent<Name, EventData<Name>>;
