/** How many shards there are; fixed for ever. The shard of a key is its Kafka partition. */
export const SHARDS = 64;

/** An event on its way into the journal: validated, its personal data sealed. */
export interface NewEvent {
  /** UUIDv5 of source, id and subject id: what makes a second sending the same event. */
  eventId: string;
  type: string;
  dataVersion: number;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  time: string;
  source: string;
  /** The publisher's own id of the event. */
  id: string;
  /** `namespace:value`; the value is sealed when the namespace names a person. */
  subject: string;
  /** JSON text. */
  data: string;
}

/** An event as the journal keeps it. */
export interface RecordedEvent extends NewEvent {
  shard: number;
  /** 1, 2, 3 … without gaps inside one shard. */
  position: number;
  /** The stream's id: the subject id, a UUID. */
  streamId: string;
  /** 1, 2, 3 … inside one stream. */
  version: number;
  /** When the journal accepted it. */
  recordedAt: string;
  /** The event one position before, so that a journal restored from an older backup is noticed; null at position 1. */
  previousId: string | null;
}

/** What the appender believes the stream's version to be: a number (0 = the stream must be empty), or `any`. */
export type ExpectedVersion = number | 'any';

export interface Append {
  streamId: string;
  expectedVersion: ExpectedVersion;
  events: NewEvent[];
}

export type AppendResult =
  /**
   * `duplicates` are the event ids that were there before (all of them, for a retried append). Of processes that bring
   * the same new event in the same instant EventStoreDB tells several that it is new; it is there once.
   */
  | { status: 'appended'; version: number; duplicates: string[] }
  /** Nothing of this append was written: somebody else was first. */
  | { status: 'conflict'; version: number }
  /**
   * An event of it, or together the events of one that expects a version, are more than the `limit` of bytes that the
   * store takes at once. Nothing of this append was written, except that of one to any version its smaller events are.
   */
  | { status: 'too-large'; limit: number };

export type Appended = AppendResult & { status: 'appended' };

export interface ShardHead {
  shard: number;
  /** Position of the last event; 0 when empty. */
  position: number;
  eventId: string | null;
}

/** Where to read a shard: the events after a position, up to another if one is named. */
export interface ShardRange {
  shard: number;
  after: number;
  upTo?: number;
}

/** Consecutive events of one shard, less those of types that the reader has no use for. */
export interface Span {
  shard: number;
  /** Position of the event before the first, and its id: 0 and null at the beginning of the shard. */
  after: number;
  previousId: string | null;
  /** Position and id of the last event, be it left out or not. */
  position: number;
  lastEventId: string;
  events: RecordedEvent[];
}

export interface Journal {
  /**
   * Appends to one stream. Throws `VersionConflict` when the expected version is not the stream's, and `EventTooLarge`
   * when the store takes less.
   */
  append(streamId: string, expectedVersion: ExpectedVersion, events: NewEvent[]): Promise<Appended>;
  /**
   * Appends to many streams, in one commit where the store can; each answers for itself, in the order given. When it
   * throws, any of them may have been written or not, and the same can be sent again.
   */
  appendMany(appends: Append[]): Promise<AppendResult[]>;
  readStream(streamId: string, afterVersion?: number, limit?: number): Promise<RecordedEvent[]>;
  readShard(shard: number, afterPosition: number, limit: number): Promise<RecordedEvent[]>;
  /**
   * The next events of many shards at once, at most one span a shard and at most `limit` events in all. Shards
   * that lie behind least come first and whole: most shards are soon at their heads, and a customer's events
   * come together instead of in many reads. Events of the types `without` are left out.
   */
  readShards(ranges: readonly ShardRange[], limit: number, without?: ReadonlySet<string>): Promise<Span[]>;
  heads(): Promise<ShardHead[]>;
  /** Calls back soon after events were committed, by whatever process. Returns the function that stops it. */
  onAppended(listener: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
