/** An event as the log keeps it. */
export interface LogRecord {
  /** Where it is in the log: the commit position of `$all`, a byte offset. */
  position: number;
  /** Where the append that wrote it begins: the prepare position. */
  transaction: number;
  stream: string;
  revision: number;
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
  /** Since 1970, in units of 100 ns. */
  created: bigint;
}

export type Proposed = Pick<LogRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

/** What an append expects of its stream: a revision, or one of the three words. */
export type Expected = number | 'any' | 'no_stream' | 'stream_exists';

export type Appended =
  | { status: 'success'; revision: number; position: number }
  | { status: 'wrong'; current: number }
  | { status: 'deleted' };

interface Stream {
  records: LogRecord[];
  /** Revisions before this one are hidden ($tb): a soft delete hides all that there are. */
  truncateBefore: number;
  maxCount: number;
  /** Tombstoned: never to be written again. */
  deleted: boolean;
}

export type Visible = LogRecord[] | 'no-stream' | 'deleted';

const LINK = '$>';
const METADATA_PREFIX = '$$';
/** What a record occupies in the log besides its data; any positive number would do. */
const OVERHEAD = 128;

/**
 * What an EventStoreDB remembers, in memory. Behaves as documented in "Optimistic concurrency and idempotence"
 * (EventStore/documentation, docs/clients/dotnet/21.2/appending/optimistic-concurrency-and-idempotence.md), and where
 * that is silent as `IndexWriter.CheckCommit` does (EventStore/EventStore, src/EventStore.Core/Services/Storage/ReaderIndex).
 */
export class EventLog {
  readonly records: LogRecord[] = [];
  private readonly streams = new Map<string, Stream>();
  /** The ids that the server happens to remember: only they make `any` idempotent. */
  private readonly recent = new Map<string, { stream: string; revision: number }>();
  private readonly listeners = new Set<() => void>();
  private end = 0;

  /** Idempotence with `any` rests on a cache; this is the server having lost it, e.g. by a restart. */
  forgetRecent(): void {
    this.recent.clear();
  }

  /** What a backup of the first so many records holds. */
  upTo(count: number): EventLog {
    const backup = new EventLog();
    for (const { stream, ...event } of this.records.slice(0, count)) backup.append(stream, 'any', [event]);
    return backup;
  }

  /** As if the last appends to a stream had never been made. Nothing does that to a real log but its end being cut. */
  forgetLast(name: string, count: number): void {
    const gone = new Set(this.stream(name).records.splice(-count));
    for (const record of gone) this.records.splice(this.records.indexOf(record), 1);
  }

  append(name: string, expected: Expected, proposed: readonly Proposed[]): Appended {
    const stream = this.stream(name);
    if (stream.deleted) return { status: 'deleted' };
    const verdict = this.check(name, stream, expected, proposed);
    if (verdict !== 'ok') return verdict;
    return this.write(name, stream, proposed);
  }

  /** Hides all that there is. The stream can be written again and goes on with the next revision. */
  softDelete(name: string, expected: Expected): Appended {
    const stream = this.stream(name);
    if (stream.deleted) return { status: 'deleted' };
    const current = stream.records.length - 1;
    if (!fits(expected, current)) return { status: 'wrong', current };
    stream.truncateBefore = stream.records.length;
    return { status: 'success', revision: current, position: this.end };
  }

  /** Deletes for ever: "hard delete". */
  tombstone(name: string, expected: Expected): Appended {
    const result = this.softDelete(name, expected);
    if (result.status === 'success') this.stream(name).deleted = true;
    return result;
  }

  /** What a reader sees of a stream, oldest first. */
  visible(name: string): Visible {
    const stream = this.streams.get(name);
    if (stream?.deleted) return 'deleted';
    if (!stream || stream.records.length <= stream.truncateBefore) return 'no-stream';
    const first = Math.max(stream.truncateBefore, stream.records.length - stream.maxCount);
    return first === 0 ? stream.records : stream.records.slice(first);
  }

  /** The event that a link names, `<revision>@<stream>`; undefined when it can't be seen any more. */
  target(link: LogRecord): LogRecord | undefined {
    const [, revision, name] = /^(\d+)@(.*)$/s.exec(Buffer.from(link.data).toString()) ?? [];
    const stream = this.streams.get(name ?? '');
    if (!stream || stream.deleted || Number(revision) < stream.truncateBefore) return undefined;
    return stream.records[Number(revision)];
  }

  isLink({ type }: LogRecord): boolean {
    return type === LINK;
  }

  /** Index of the first record at or after the position. */
  indexOf(position: number): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.records[middle]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  onAppended(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private stream(name: string): Stream {
    let stream = this.streams.get(name);
    if (!stream) {
      stream = { records: [], truncateBefore: 0, maxCount: Infinity, deleted: false };
      this.streams.set(name, stream);
    }
    return stream;
  }

  private check(
    name: string,
    stream: Stream,
    expected: Expected,
    proposed: readonly Proposed[],
  ): Appended | 'ok' {
    const current = stream.records.length - 1;
    if (expected === 'stream_exists' && current < 0) return { status: 'wrong', current };
    if (expected === 'any' || expected === 'stream_exists') return this.checkRecent(name, current, proposed);
    const before = expected === 'no_stream' ? -1 : expected;
    if (before > current) return { status: 'wrong', current };
    if (before === current) return 'ok';
    // "If the expected version is less than the current one, the ids of the events are compared."
    const same = proposed.filter(({ id }, n) => stream.records[before + 1 + n]?.id === id).length;
    if (same === 0 && expected === 'no_stream' && stream.truncateBefore > current) return 'ok';
    if (same < proposed.length || proposed.length === 0) return { status: 'wrong', current };
    return this.as(stream, before + proposed.length);
  }

  private checkRecent(name: string, current: number, proposed: readonly Proposed[]): Appended | 'ok' {
    const known = proposed.map(({ id }) => this.recent.get(id)).filter((place) => place?.stream === name);
    if (known.length === 0) return 'ok';
    if (known.length < proposed.length) return { status: 'wrong', current };
    return this.as(this.stream(name), known.at(-1)?.revision ?? 0);
  }

  /** The answer of an append that was made before. */
  private as(stream: Stream, revision: number): Appended {
    return { status: 'success', revision, position: stream.records[revision]?.position ?? this.end };
  }

  private write(name: string, stream: Stream, proposed: readonly Proposed[]): Appended {
    const transaction = this.end;
    const created = BigInt(Date.now()) * 10_000n;
    for (const event of proposed) {
      const revision = stream.records.length;
      const record = { ...event, position: this.end, transaction, stream: name, revision, created };
      this.end += OVERHEAD + event.data.length + event.metadata.length;
      stream.records.push(record);
      this.records.push(record);
      this.recent.set(event.id, { stream: name, revision });
    }
    if (name.startsWith(METADATA_PREFIX)) this.obey(name.slice(METADATA_PREFIX.length), proposed.at(-1));
    for (const listener of this.listeners) listener();
    const last = stream.records.at(-1);
    return {
      status: 'success',
      revision: stream.records.length - 1,
      position: last?.position ?? transaction,
    };
  }

  /** Stream metadata: `$maxCount` and `$tb` (EventStore/EventStore, docs/streams.md). */
  private obey(name: string, metadata: Proposed | undefined): void {
    const { $maxCount, $tb } = JSON.parse(Buffer.from(metadata?.data ?? []).toString() || '{}');
    const stream = this.stream(name);
    stream.maxCount = $maxCount ?? Infinity;
    stream.truncateBefore = $tb ?? 0;
  }
}

const fits = (expected: Expected, current: number): boolean =>
  expected === 'any' ||
  (expected === 'stream_exists' && current >= 0) ||
  (expected === 'no_stream' ? current < 0 : expected === current);
