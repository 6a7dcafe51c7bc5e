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
