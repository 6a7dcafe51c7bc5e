import { catalogue, type AnyEvent, type EventData, type EventName } from './catalogue.js';
import type { CustomerEvent, EventType, JsonObject } from './event-type.js';

/** Data of an older version, lifted step by step to the type's current one. Throws for an unknown version. */
export function lift(type: EventType, version: number, data: JsonObject): JsonObject {
  let lifted = data;
  for (let from = version; from !== type.version; from += 1) {
    const older = type.older?.find((candidate) => candidate.version === from);
    if (!older) throw new Error(`${type.name} has no version ${version}.`);
    lifted = older.upcast(lifted);
  }
  return lifted;
}

/**
 * Data in the current version of their type. Data must be readable: open what is sealed first. Data of the
 * current version are returned as they are. Throws for a version that the type does not have.
 */
export const upcast = <Name extends EventName>(
  name: Name,
  version: number,
  data: JsonObject,
): EventData<Name> => lift(catalogue[name], version, data) as EventData<Name>;

/** An event in the current version of its type. */
export const upcastEvent = (event: CustomerEvent<EventName, JsonObject>): AnyEvent =>
  ({
    ...event,
    dataVersion: catalogue[event.type].version,
    data: upcast(event.type, event.dataVersion, event.data),
  }) as AnyEvent;
