import { catalogue } from './catalogue.generated.js';
import type { CustomerEvent, DataOf, EventType } from './event-type.js';

export { catalogue };
export type Catalogue = typeof catalogue;
export type EventName = keyof Catalogue;
export type EventData<Name extends EventName> = DataOf<Catalogue[Name]>;
/** An event of one type of the catalogue, in its current version. */
export type EventOf<Name extends EventName> = CustomerEvent<Name, EventData<Name>>;
/** An event of any type of the catalogue, in its current version; `type` tells which. */
export type AnyEvent = { [Name in EventName]: EventOf<Name> }[EventName];

export const isEventName = (name: string): name is EventName => Object.hasOwn(catalogue, name);

/** Whether only our own services append such events; the door refuses them from publishers. */
export function isDecision(name: EventName): boolean {
  const type: EventType = catalogue[name];
  return type.decision === true;
}
