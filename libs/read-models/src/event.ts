import type { EventData, EventName } from '@perennial/events';

/** An event as a projection sees it: parsed, lifted to the newest version of its type, opened where asked for. */
export interface ProjectedEvent<Name extends EventName = EventName> {
  type: Name;
  data: EventData<Name>;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  time: string;
  eventId: string;
  subjectId: string;
  /** What kind of identifier the subject is: `user`, `anonymous`, `product` … */
  namespace: string;
  source: string;
  /** The publisher's own id of the event. */
  id: string;
  /** See `stampOf`. */
  stamp: string;
  /** The journal's coordinates. */
  shard: number;
  position: number;
}

/**
 * What decides between two values of a `latest` or `earliest` column: event time, then event id; as hex
 * digits, so that text order here and bytea order in Postgres are the same. 22 bytes.
 */
export function stampOf({ time, eventId }: Pick<ProjectedEvent, 'time' | 'eventId'>): string {
  // The offset keeps times before 1970 positive: 2^46 ms reach back to the year -260.
  const milliseconds = (Date.parse(time) + 0x400000000000).toString(16).padStart(12, '0');
  return milliseconds + eventId.replaceAll('-', '');
}
