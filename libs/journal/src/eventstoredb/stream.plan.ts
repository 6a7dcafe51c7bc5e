import type { Append, AppendResult, NewEvent } from '../journal.port.js';

/** What is known of one stream. */
export interface KnownStream {
  version: number;
  /** The version that each of its events has. */
  versions: Map<string, number>;
}

export interface StreamPlan {
  /** What is to be written, after the known version. */
  events: NewEvent[];
  /** The answers, once that is written. */
  results: AppendResult[];
  /** Whether the answers hold even if the stream has grown since it was looked at: events never go away. */
  isCertain: boolean;
}

/**
 * What appends to one stream come to, one after the other, given what is known of it. Pure. An append all of whose
 * events are there is a retry: it is answered as the first time, whatever version it expects.
 */
export function planAppends(known: KnownStream, appends: readonly Append[]): StreamPlan {
  const placed = new Map<string, number>();
  const versionOf = (eventId: string) => known.versions.get(eventId) ?? placed.get(eventId);
  const plan: StreamPlan = { events: [], results: [], isCertain: true };
  for (const { expectedVersion, events } of appends) {
    const version = known.version + plan.events.length;
    const isRetry = events.length > 0 && events.every(({ eventId }) => versionOf(eventId) !== undefined);
    if (!isRetry) plan.isCertain = false;
    if (!isRetry && expectedVersion !== 'any' && expectedVersion !== version) {
      plan.results.push({ status: 'conflict', version });
      continue;
    }
    const duplicates: string[] = [];
    for (const event of events) {
      if (versionOf(event.eventId) !== undefined) duplicates.push(event.eventId);
      else {
        plan.events.push(event);
        placed.set(event.eventId, known.version + plan.events.length);
      }
    }
    const reached = isRetry
      ? events.reduce((latest, { eventId }) => Math.max(latest, versionOf(eventId) ?? 0), 0)
      : known.version + plan.events.length;
    plan.results.push({ status: 'appended', version: reached, duplicates });
  }
  return plan;
}
