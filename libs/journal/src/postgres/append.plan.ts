import type { Append, AppendResult, NewEvent } from '../journal.port.js';
import { shardOf } from '../shard.js';

/** No version is required of the stream. */
export const ANY_VERSION = -1;
/** A version that no stream has: makes the database answer with the real one. */
const IMPOSSIBLE_VERSION = -2;

/** A stream of the draft: where it is, what is required of it, how many events it gets. */
export interface DraftStream {
  streamId: string;
  /** Its place among the streams of the draft, from 1. */
  place: number;
  shard: number;
  /** Its version before the append, once the database has told. */
  version: number | undefined;
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

/** What becomes of one append when the draft is accepted. */
interface Outcome {
  refused: boolean;
  stream: DraftStream;
  /** Events that the stream has got by then. */
  added: number;
  /** Events of a retried append: its answer is the version that they reached. */
  retried: readonly NewEvent[];
  duplicates: string[];
}

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
      let stream = streams.get(append.streamId);
      if (!stream) streams.set(append.streamId, (stream = this.newStream(append.streamId, streams.size + 1)));
      return this.draftOne(append, index, stream, events);
    });
    return { streams: [...streams.values()], events };
  }

  /** Whether a draft still needs the database. */
  isOpen({ streams, events }: Draft): boolean {
    return events.length > 0 || streams.some(({ version }) => version === undefined);
  }

  learn({ streams }: Draft, { appended, versions, duplicates }: DraftAnswer): void {
    streams.forEach((stream, i) => {
      stream.version = versions[i] ?? 0;
      if (!appended) this.versions.set(stream.streamId, stream.version);
    });
    for (const { eventId, version } of duplicates) this.duplicates.set(eventId, version);
  }

  /** The result of each append, once a draft was accepted or nothing is left to write. */
  results(): AppendResult[] {
    return this.outcomes.map(({ refused, stream, added, retried, duplicates }, index) => {
      const version = (stream.version ?? 0) + added;
      if (refused) return { status: 'conflict', version: this.refused.get(index) ?? version };
      const reached = retried.reduce((latest, event) => Math.max(latest, this.versionOf(event)), 0);
      return { status: 'appended', version: reached || version, duplicates };
    });
  }

  private newStream(streamId: string, place: number): DraftStream {
    return {
      streamId,
      place,
      shard: shardOf(streamId),
      version: this.versions.get(streamId),
      required: ANY_VERSION,
      added: 0,
    };
  }

  private draftOne(append: Append, index: number, stream: DraftStream, drafted: DraftEvent[]): Outcome {
    const { fresh, duplicates } = this.sift(append.events);
    const isRetry = fresh.length === 0 && duplicates.length > 0;
    const refused = !isRetry && !this.admits(append, index, stream);
    if (!refused) {
      for (const event of fresh) {
        if (fresh.length > 1 && this.placed.has(event.eventId)) duplicates.push(event.eventId);
        else {
          const place = { event, stream, offset: ++stream.added };
          this.placed.set(event.eventId, place);
          drafted.push(place);
        }
      }
    }
    return { refused, stream, added: stream.added, retried: isRetry ? append.events : [], duplicates };
  }

  /** Tells new events from those that are there already, or came earlier in this call. */
  private sift(events: readonly NewEvent[]): { fresh: readonly NewEvent[]; duplicates: string[] } {
    const duplicates: string[] = [];
    const fresh = events.filter(({ eventId }) => {
      const isNew = !this.placed.has(eventId) && !(this.duplicates.size > 0 && this.duplicates.has(eventId));
      if (!isNew) duplicates.push(eventId);
      return isNew;
    });
    return { fresh, duplicates };
  }

  private admits({ expectedVersion }: Append, index: number, stream: DraftStream): boolean {
    if (expectedVersion === 'any') return true;
    if (this.refused.has(index)) return false;
    const known = stream.version;
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

  private versionOf({ eventId }: NewEvent): number {
    const place = this.placed.get(eventId);
    return this.duplicates.get(eventId) ?? (place ? (place.stream.version ?? 0) + place.offset : 0);
  }
}
