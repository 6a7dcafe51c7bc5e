import { migrateCollector } from '@perennial/collector';
import { readEvent } from '@perennial/events';
import { migrateJournal, type Append, type Journal } from '@perennial/journal';
import { sealEvents, type Vault } from '@perennial/privacy';
import { batches, simulate, type SimulatedEvent } from '@perennial/simulator';
import type { BenchServer } from './bench-server.bench.js';

/** A customer of the sample company takes part in some 48 events in two years; fewer here, so that there are enough. */
const EVENTS_A_CUSTOMER = 40;

const TO = new Date('2026-01-01T00:00:00Z');

/** The first `count` events, in the sequence of time, of a company that is large enough for them. */
export function* companyEvents(count: number, seed = 1): Generator<SimulatedEvent> {
  let given = 0;
  const customers = Math.ceil(count / EVENTS_A_CUSTOMER);
  for (const event of simulate({ seed, customers, to: TO })) {
    if (given++ === count) return;
    yield event;
  }
  // Rates are of the events that were asked for.
  if (given < count)
    throw new Error(`A company of ${customers} customers has only ${given} events, not ${count}.`);
}

/** Makes a database for a journal that a relay can publish. Answers its URL. */
export async function emptyJournal(server: BenchServer, name: string): Promise<string> {
  const url = await server.database(name);
  await migrateJournal(url);
  await migrateCollector(url);
  return url;
}

/** What the collector appends for these events: read, sealed, a stream a subject. */
export async function appendsOf(vault: Vault, events: readonly SimulatedEvent[]): Promise<Append[]> {
  const now = new Date(TO.getTime() + 86_400_000);
  const read = events.map((event) => readEvent(event, now).event!);
  const streams = new Map<string, Append>();
  for (const { streamId, event } of await sealEvents(vault, read)) {
    const stream = streams.get(streamId);
    if (stream) stream.events.push(event);
    else streams.set(streamId, { streamId, expectedVersion: 'any', events: [event] });
  }
  return [...streams.values()];
}

/** Appends events in batches of a thousand a call. */
export async function fill(
  journal: Journal,
  vault: Vault,
  events: Iterable<SimulatedEvent>,
  onAppended: (events: number) => void = () => undefined,
): Promise<void> {
  let appending: Promise<unknown> = Promise.resolve();
  for (const batch of batches(events, 1_000)) {
    const appends = await appendsOf(vault, batch);
    // One batch is prepared while the other is committed.
    await appending;
    appending = journal.appendMany(appends);
    appending.catch(() => undefined);
    onAppended(batch.length);
  }
  await appending;
}
