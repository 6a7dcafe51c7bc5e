import { shownSource, subjectOf } from '../intake/arrival-names.js';
import type { Delivery, Reason } from '../intake/arrival.js';
import type { NewRejected } from './rejected-events.store.js';

/** A refused arrival as it is kept. */
export function rejectedArrival(delivery: Delivery, index: number, reason: Reason): NewRejected {
  const arrival = delivery.arrivals[index];
  return {
    origin: delivery.origin,
    source: delivery.publisher ?? shownSource(arrival),
    reference: null,
    reason,
    subject: subjectOf(arrival),
    body: Buffer.from(delivery.sentText(index)),
    receivedAt: delivery.receivedAt,
  };
}
