import { shownSource, subjectOf } from '../intake/arrival-names.js';
import type { Delivery, Reason } from '../intake/arrival.js';
import type { NewRejected } from './rejected-events.store.js';

/** A refused arrival as it is kept. */
export function rejectedArrival(delivery: Delivery, index: number, reason: Reason): NewRejected {
  const arrival = delivery.arrivals[index];
  const sent = delivery.sentText(index);
  return {
    origin: delivery.origin,
    source: delivery.publisher ?? shownSource(arrival),
    reference: delivery.reference?.(index) ?? null,
    reason,
    subject: subjectOf(arrival),
    body: typeof sent === 'string' ? Buffer.from(sent) : sent,
    receivedAt: delivery.receivedAt,
  };
}
