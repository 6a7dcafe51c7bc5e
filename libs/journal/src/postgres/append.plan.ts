import type { Append, AppendResult, NewEvent } from '../journal.port.js';
import { shardOf } from '../shard.js';

/** No version is required of the stream. */
export const ANY_VERSION = -1;
/** A version that no stream has: makes the database answer with the real one. */
const IMPOSSIBLE_VERSION = -2;

/** A stream of the draft: where it is, what is required of it, how many events it gets. */
export interface DraftStream {
  streamId: string;
  shard: number;
  /** The version it must have now, or ANY_VERSION. */
  required: number;
  added: number;
}

/** One event of the draft, with the place that it gets after the heads of its shard and stream. */
export interface DraftEvent {
  event: NewEvent;
  stream: DraftStream;
  /** 1, 2, 3 … after the stream's version. */
  offset: number;
}

export interface Draft {
  streams: DraftStream[];
  events: DraftEvent[];
}

/** What the database answers to a draft. */
export interface DraftAnswer {
  appended: boolean;
  /** Version of each stream of the draft before the append. */
  versions: number[];
  /** Events of the draft that were there before, with the versions they have. */
  duplicates: { eventId: string; version: number }[];
}

type Outcome =
  | { status: 'conflict'; stream: DraftStream; added: number }
  | { status: 'appended'; stream: DraftStream; added: number; events: NewEvent[]; duplicates: string[] };

/**
 * Works out what many appends come to, one after the other, without knowing the journal: it assumes that no
 * event is a duplicate and that every expected version is right. Where the database finds otherwise, it writes
 * nothing and says what is so; the plan learns it and drafts again. Every new draft has fewer events or fewer
 * doubts, so this ends; almost always the first draft is right.
 */
export class AppendPlan {
  private readonly versions = new Map<string, number>();
  private readonly duplicates = new Map<string, number>();
  /** Refused on a version that the database named; stays refused, so that drafts can only shrink. */
  private readonly refused = new Map<number, number>();
  private outcomes: Outcome[] = [];
  private placed = new Map<string, DraftEvent>();

  constructor(private readonly appends: readonly Append[]) {}

  draft(): Draft {
    const streams = new Map<string, DraftStream>();
    const events: DraftEvent[] = [];
    this.placed = new Map();
    this.outcomes = this.appends.map((append, index) => {
      const stream = streams.get(append.streamId) ?? this.newStream(append.streamId);
      streams.set(append.streamId, stream);
      const { fresh, duplicates } = this.sift(append.events);
      const isRetry = append.events.length > 0 && fresh.length === 0;
      if (!isRetry && !this.admits(append, index, stream))
        return { status: 'conflict', stream, added: stream.added };
      for (const event of fresh) {
        const place = { event, stream, offset: ++stream.added };
        this.placed.set(event.eventId, place);
        events.push(place);
      }
      return { status: 'appended', stream, added: stream.added, events: append.events, duplicates };
    });
    return { streams: [...streams.values()], events };
  }

  /** Whether a draft still needs the database. */
  isOpen(draft: Draft): boolean {
    return draft.events.length > 0 || draft.streams.some(({ streamId }) => !this.versions.has(streamId));
  }

  learn(draft: Draft, { versions, duplicates }: DraftAnswer): void {
    draft.streams.forEach(({ streamId }, i) => this.versions.set(streamId, versions[i] ?? 0));
    for (const { eventId, version } of duplicates) this.duplicates.set(eventId, version);
  }

  /** The result of each append, once a draft was accepted or nothing is left to write. */
  results(): AppendResult[] {
    return this.outcomes.map((outcome, index) => {
      const before = this.versions.get(outcome.stream.streamId) ?? 0;
      if (outcome.status === 'conflict')
        return { status: 'conflict', version: this.refused.get(index) ?? before + outcome.added };
      const version = outcome.events.length > 0 ? this.latestOf(outcome.events) : before + outcome.added;
      return { status: 'appended', version, duplicates: outcome.duplicates };
    });
  }

  private newStream(streamId: string): DraftStream {
    return { streamId, shard: shardOf(streamId), required: ANY_VERSION, added: 0 };
  }

  private sift(events: readonly NewEvent[]): { fresh: NewEvent[]; duplicates: string[] } {
    const fresh: NewEvent[] = [];
    const duplicates: string[] = [];
    const own = new Set<string>();
    for (const event of events) {
      if (this.duplicates.has(event.eventId) || this.placed.has(event.eventId) || own.has(event.eventId))
        duplicates.push(event.eventId);
      else {
        own.add(event.eventId);
        fresh.push(event);
      }
    }
    return { fresh, duplicates };
  }

  private admits({ expectedVersion }: Append, index: number, stream: DraftStream): boolean {
    if (expectedVersion === 'any') return true;
    if (this.refused.has(index)) return false;
    const known = this.versions.get(stream.streamId);
    if (known !== undefined) {
      if (known + stream.added !== expectedVersion) {
        this.refused.set(index, known + stream.added);
        return false;
      }
      stream.required = known;
    } else if (stream.required === ANY_VERSION) {
      stream.required = expectedVersion >= stream.added ? expectedVersion - stream.added : IMPOSSIBLE_VERSION;
    } else if (stream.required + stream.added !== expectedVersion) return false;
    return true;
  }

  private latestOf(events: readonly NewEvent[]): number {
    return events.reduce((latest, event) => Math.max(latest, this.versionOf(event)), 0);
  }

  private versionOf({ eventId }: NewEvent): number {
    const duplicate = this.duplicates.get(eventId);
    if (duplicate !== undefined) return duplicate;
    const place = this.placed.get(eventId);
    return place ? (this.versions.get(place.stream.streamId) ?? 0) + place.offset : 0;
  }
}
