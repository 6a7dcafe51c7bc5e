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
  /**
   * Events of refused appends that were never asked for: if they are all there, the append is a retry and not
   * refused at all. Happens when one call has several expected versions of one stream.
   */
  doubts: { eventId: string; shard: number }[];
}

export interface Duplicate {
  eventId: string;
  version: number;
}

/** What the database answers to a draft. */
export interface DraftAnswer {
  appended: boolean;
  /** Version of each stream of the draft before the append. */
  versions: number[];
  /** Events of the draft that were there before, with the versions they have. */
  duplicates: Duplicate[];
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
 * nothing and says what is so; the plan learns it and drafts again. This ends: events never go away and versions only
 * grow, so an expected version can be right but once. Almost always the first draft is right.
 */
export class AppendPlan {
  private readonly versions = new Map<string, number>();
  private readonly duplicates = new Map<string, number>();
  /** Events that the database was asked for. */
  private readonly asked = new Set<string>();
  private outcomes: Outcome[] = [];
  private placed = new Map<string, DraftEvent>();

  constructor(private readonly appends: readonly Append[]) {}

  draft(): Draft {
    const streams = new Map<string, DraftStream>();
    const draft: Draft = { streams: [], events: [], doubts: [] };
    this.placed = new Map();
    this.outcomes = this.appends.map((append) => {
      let stream = streams.get(append.streamId);
      if (!stream) streams.set(append.streamId, (stream = this.newStream(append.streamId, streams.size + 1)));
      return this.draftOne(append, stream, draft);
    });
    draft.streams = [...streams.values()];
    return draft;
  }

  /** Whether a draft still needs the database. */
  isOpen({ streams, events }: Draft): boolean {
    return events.length > 0 || streams.some(({ version }) => version === undefined);
  }

  learn({ streams, events }: Draft, { appended, versions, duplicates }: DraftAnswer): void {
    streams.forEach((stream, i) => (stream.version = versions[i] ?? 0));
    if (appended) return;
    for (const { streamId, version } of streams) this.versions.set(streamId, version ?? 0);
    for (const { event } of events) this.asked.add(event.eventId);
    this.learnDuplicates(duplicates);
  }

  /** Which of the doubts are there. */
  resolve({ doubts }: Draft, there: readonly Duplicate[]): void {
    for (const { eventId } of doubts) this.asked.add(eventId);
    this.learnDuplicates(there);
  }

  /** The result of each append, once a draft was accepted or nothing is left to write. */
  results(): AppendResult[] {
    return this.outcomes.map(({ refused, stream, added, retried, duplicates }) => {
      const version = (stream.version ?? 0) + added;
      if (refused) return { status: 'conflict', version };
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

  private learnDuplicates(duplicates: readonly Duplicate[]): void {
    for (const { eventId, version } of duplicates) this.duplicates.set(eventId, version);
  }

  private draftOne(append: Append, stream: DraftStream, draft: Draft): Outcome {
    const { fresh, duplicates } = this.sift(append.events);
    const isRetry = fresh.length === 0 && duplicates.length > 0;
    const refused = !isRetry && !this.admits(append, stream);
    for (const event of fresh) {
      if (refused) {
        if (!this.asked.has(event.eventId))
          draft.doubts.push({ eventId: event.eventId, shard: stream.shard });
      } else if (fresh.length > 1 && this.placed.has(event.eventId)) duplicates.push(event.eventId);
      else {
        const place = { event, stream, offset: ++stream.added };
        this.placed.set(event.eventId, place);
        draft.events.push(place);
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

  private admits({ expectedVersion }: Append, stream: DraftStream): boolean {
    if (expectedVersion === 'any') return true;
    if (stream.version === undefined && stream.required === ANY_VERSION) {
      // The first to expect anything of this stream is believed.
      stream.required = expectedVersion >= stream.added ? expectedVersion - stream.added : IMPOSSIBLE_VERSION;
      return true;
    }
    if ((stream.version ?? stream.required) + stream.added !== expectedVersion) return false;
    stream.required = stream.version ?? stream.required;
    return true;
  }

  private versionOf({ eventId }: NewEvent): number {
    const place = this.placed.get(eventId);
    return this.duplicates.get(eventId) ?? (place ? (place.stream.version ?? 0) + place.offset : 0);
  }
}
