import type { RecordedEvent, Span } from './journal.port.js';

/** The span that begins with this event and holds nothing yet: what it holds depends on the reader. */
export const spanFrom = ({
  shard,
  position,
  previousId,
  eventId,
}: Pick<RecordedEvent, 'shard' | 'position' | 'previousId' | 'eventId'>): Span => ({
  shard,
  after: position - 1,
  previousId,
  position,
  lastEventId: eventId,
  events: [],
});

/** The span of events that follow one another in a shard, less those of some types; undefined of none. */
export function spanOf(events: readonly RecordedEvent[], without?: ReadonlySet<string>): Span | undefined {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return undefined;
  return {
    ...spanFrom(first),
    position: last.position,
    lastEventId: last.eventId,
    events: without?.size ? events.filter(({ type }) => !without.has(type)) : [...events],
  };
}
