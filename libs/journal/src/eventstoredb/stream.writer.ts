import { JournalBusy } from '../group-commit.js';
import { EventTooLarge, JournalUnavailable } from '../journal.errors.js';
import type { Append, AppendResult, NewEvent } from '../journal.port.js';
import type { EventStoreConnection } from './connection.js';
import { proposedOf, sizeOf } from './event.record.js';
import type { LogPosition } from './log.position.js';
import type { Names } from './names.js';
import { planAppends, type KnownStream } from './stream.plan.js';

export interface StreamWriterOptions {
  /** Streams written at the same time (default 128). */
  atOnce?: number;
  /** Events that may wait before `JournalBusy` (default 50,000). A call that finds none waiting is always taken. */
  maxWaiting?: number;
  /** Ids of events that are remembered, so that their streams need not be read before an append (default 100,000). */
  remembered?: number;
}

interface Call {
  appends: Append[];
  /** Of the appends that are done. */
  results: AppendResult[];
  resolve(results: AppendResult[]): void;
  reject(error: unknown): void;
}

/** What is known, or, with the place in the log after which it is written to, what is only assumed. */
interface Assumed extends KnownStream {
  newAfter?: number;
}

/** Bytes of one write of several appends, so that several appends together don't exceed what EventStoreDB takes at once: 1 MiB by default. */
const CHUNK = 512 * 1024;
/** Events of one write: EventStoreDB has taken no more than 4,095 (EventStore/documentation, pull request 398). */
const EVENTS = 2_000;
/** Events that are read at once to learn what a stream has. */
const PAGE = 1_000;

/**
 * Writes to streams, each by one write at a time, so that the appends of this process never conflict with each other;
 * other processes are noticed by EventStoreDB's check of the revision. Duplicates are found by knowing the ids of the
 * whole stream: EventStoreDB itself remembers only the latest ids.
 */
export class StreamWriter {
  /** Calls for streams that are being written to. */
  private readonly queues = new Map<string, Call[]>();
  /** Least recently used first. */
  private readonly known = new Map<string, Assumed>();
  private readonly turns: (() => void)[] = [];
  private ending?: Promise<LogPosition>;
  private ids = 0;
  private writing = 0;
  private chunk = CHUNK;
  private waiting = 0;
  private readonly atOnce: number;
  private readonly maxWaiting: number;
  private readonly remembered: number;

  constructor(
    private readonly store: EventStoreConnection,
    private readonly names: Names,
    options: StreamWriterOptions = {},
  ) {
    this.atOnce = options.atOnce ?? 128;
    this.maxWaiting = options.maxWaiting ?? 50_000;
    this.remembered = options.remembered ?? 100_000;
  }

  /** Answers each append, in the order given. When it throws, some may have been written: the same can be sent again. */
  async append(appends: readonly Append[]): Promise<AppendResult[]> {
    const events = appends.reduce((sum, append) => sum + append.events.length, 0);
    if (this.waiting > 0 && this.waiting + events > this.maxWaiting) throw new JournalBusy();
    this.waiting += events;
    try {
      const parts = appends.map(partsOf);
      const streams = Map.groupBy(parts.flat(), ({ streamId }) => streamId);
      const outcomes = await Promise.allSettled([...streams].map(([id, own]) => this.enqueue(id, own)));
      const results = new Map<Append, AppendResult>();
      [...streams.values()].forEach((own, n) => {
        const outcome = outcomes[n]!;
        if (outcome.status === 'rejected') throw outcome.reason;
        own.forEach((append, i) => results.set(append, outcome.value[i]!));
      });
      return parts.map((own) => together(own.map((part) => results.get(part)!)));
    } finally {
      this.waiting -= events;
    }
  }

  /** What is known of streams may not be so any more. */
  forget(): void {
    this.known.clear();
    this.ids = 0;
  }

  private enqueue(streamId: string, appends: Append[]): Promise<AppendResult[]> {
    return new Promise((resolve, reject) => {
      const call: Call = { appends, results: [], resolve, reject };
      const queue = this.queues.get(streamId);
      if (queue) queue.push(call);
      else {
        this.queues.set(streamId, [call]);
        void this.work(streamId);
      }
    });
  }

  /** Serves the calls for one stream until there are none; those that come meanwhile are served together. */
  private async work(streamId: string): Promise<void> {
    if (this.writing >= this.atOnce) await new Promise<void>((resolve) => this.turns.push(resolve));
    else this.writing++;
    for (let calls = this.take(streamId); calls.length > 0; calls = this.take(streamId))
      await this.serve(streamId, calls);
    const next = this.turns.shift();
    if (next) next();
    else this.writing--;
  }

  private take(streamId: string): Call[] {
    const calls = this.queues.get(streamId) ?? [];
    if (calls.length > 0) this.queues.set(streamId, []);
    else this.queues.delete(streamId);
    return calls;
  }

  private async serve(streamId: string, calls: Call[]): Promise<void> {
    let alone = false;
    while (calls.length > 0) {
      const chunk = chunkOf(calls, alone ? 0 : this.chunk);
      try {
        const results = await this.writeOrRefuse(
          streamId,
          chunk.map(({ append }) => append),
        );
        chunk.forEach(({ call }, i) => call.results.push(results[i]!));
        for (const call of calls) if (call.results.length === call.appends.length) call.resolve(call.results);
        calls = calls.filter((call) => call.results.length < call.appends.length);
      } catch (error) {
        this.drop(streamId);
        // A fault may lie in one append, or in their being together; the others shall not suffer from it.
        alone = chunk.length > 1 && !(error instanceof JournalUnavailable);
        if (alone) continue;
        const failed = new Set(chunk.map(({ call }) => call));
        for (const call of failed) call.reject(error);
        calls = calls.filter((call) => !failed.has(call));
      }
    }
  }

  /** One append that is too large is answered so. Throws `EventTooLarge` when it may be because of several together. */
  private async writeOrRefuse(streamId: string, appends: readonly Append[]): Promise<AppendResult[]> {
    try {
      return await this.write(streamId, appends);
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      this.chunk = Math.min(this.chunk, error.limit);
      if (appends.length > 1) throw error;
      return [{ status: 'too-large', limit: error.limit }];
    }
  }

  /** As one write, or none. Repeated with what is learnt until nobody else comes between. */
  private async write(streamId: string, appends: readonly Append[]): Promise<AppendResult[]> {
    const first = this.known.get(streamId) ?? (await this.assumeNew());
    for (let known = first, isFresh = false; ; isFresh = true) {
      const { events, results, isCertain } = planAppends(known, appends);
      if (events.length > 0) {
        const name = this.names.ofStream(streamId);
        const outcome = await this.store.append(name, known.version - 1, events.map(proposedOf));
        if (outcome.status === 'appended' && outcome.commit > (known.newAfter ?? -Infinity)) {
          this.learn(
            streamId,
            known,
            events.map(({ eventId }) => eventId),
          );
          return results;
        }
      } else if (isFresh || isCertain) return results;
      known = await this.load(streamId);
    }
  }

  /**
   * Most streams that are not known are new, so that is tried first: EventStoreDB refuses it if the stream has other events,
   * and if it has the same, they are further back in the log than what is written from now on.
   */
  private async assumeNew(): Promise<Assumed> {
    this.ending ??= this.store.endOfLog().finally(() => (this.ending = undefined));
    return { version: 0, versions: new Map(), newAfter: (await this.ending).commit };
  }

  /** Reads the ids of a whole stream. */
  private async load(streamId: string): Promise<Assumed> {
    const known: Assumed = { version: 0, versions: new Map() };
    for (;;) {
      const read = await this.store.readStream({
        stream: this.names.ofStream(streamId),
        from: known.version,
        count: PAGE,
        withoutData: true,
      });
      for (const { event } of read) {
        if (!event) continue;
        known.version = event.revision + 1;
        known.versions.set(event.id, known.version);
      }
      if (read.length < PAGE) break;
    }
    this.keep(streamId, known);
    return known;
  }

  private learn(streamId: string, known: Assumed, eventIds: readonly string[]): void {
    this.drop(streamId);
    known.newAfter = undefined;
    for (const eventId of eventIds) known.versions.set(eventId, ++known.version);
    this.keep(streamId, known);
  }

  private keep(streamId: string, known: Assumed): void {
    this.drop(streamId);
    this.known.set(streamId, known);
    // A stream without events takes room, too.
    this.ids += known.versions.size + 1;
    for (const oldest of this.known.keys()) {
      if (this.ids <= this.remembered) break;
      this.drop(oldest);
    }
  }

  private drop(streamId: string): void {
    const known = this.known.get(streamId);
    if (known && this.known.delete(streamId)) this.ids -= known.versions.size + 1;
  }
}

const sizeOfEvents = (events: readonly NewEvent[]): number =>
  events.reduce((sum, event) => sum + sizeOf(proposedOf(event)), 0);

/** The next appends that are written together: so many bytes, or one. */
function chunkOf(calls: readonly Call[], bytes: number): { call: Call; append: Append }[] {
  const chunk: { call: Call; append: Append }[] = [];
  let [size, events] = [0, 0];
  for (const call of calls)
    for (const append of call.appends.slice(call.results.length)) {
      size += sizeOfEvents(append.events);
      events += append.events.length;
      if (chunk.length > 0 && (size > bytes || events > EVENTS)) return chunk;
      chunk.push({ call, append });
    }
  return chunk;
}

/** An append that expects a version is one write, or none. Others may be as large as they like. */
const partsOf = (append: Append): Append[] =>
  append.expectedVersion !== 'any' || append.events.length < 2
    ? [append]
    : append.events.map((event) => ({ ...append, events: [event] }));

/** What the parts of one append come to. */
function together(parts: readonly AppendResult[]): AppendResult {
  const duplicates: string[] = [];
  let version = 0;
  for (const part of parts) {
    if (part.status !== 'appended') return part;
    version = Math.max(version, part.version);
    duplicates.push(...part.duplicates);
  }
  return { status: 'appended', version, duplicates };
}
