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
  stamp: Stamp;
  /** The journal's coordinates. */
  shard: number;
  position: number;
}

/**
 * What decides between two values of a `latest` or `earliest` column: event time, then event id. Two of them are
 * compared as they are; the bytes that Postgres compares are made of those only that reach a table.
 */
export class Stamp {
  /** After everything that ever happens: what is stated with it holds for ever. */
  static readonly end = new Stamp('9999-12-31T23:59:59.999Z', 'ffffffff-ffff-ffff-ffff-ffffffffffff');

  private hex?: string;

  /** The time in the one form that all recorded events have, so that its text orders as it does. */
  constructor(
    private readonly time: string,
    private readonly eventId: string,
  ) {}

  isBefore(other: Stamp): boolean {
    return this.time < other.time || (this.time === other.time && this.eventId < other.eventId);
  }

  /** Before everything that happened at this time or later. */
  static before(time: string): Stamp {
    return new Stamp(time, '');
  }

  /** 22 bytes as hex digits, in whose order stamps are (to the year 8659; the door refuses far earlier ones). */
  toString(): string {
    if (this.hex === undefined) {
      // The offset keeps times before 1970 positive: 2^46 ms reach back to the year -260.
      // No more fit into six bytes.
      const counted = Math.min(Date.parse(this.time) + 0x400000000000, 0xffffffffffff);
      const milliseconds = counted.toString(16).padStart(12, '0');
      this.hex = milliseconds + this.eventId.replaceAll('-', '');
    }
    return this.hex;
  }
}
