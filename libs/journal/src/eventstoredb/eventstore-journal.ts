import { appended } from '../journal.errors.js';
import type {
  Append,
  Appended,
  AppendResult,
  ExpectedVersion,
  Journal,
  NewEvent,
  RecordedEvent,
  ShardHead,
  ShardRange,
  Span,
} from '../journal.port.js';
import type { ShardFault } from '../shard.fault.js';
import { shardOf } from '../shard.js';
import { spanOf } from '../span.js';
import { EventStoreConnection, type ConnectionOptions } from './connection.js';
import { eventOf } from './event.record.js';
import { HeadsSignal } from './heads.signal.js';
import { findLinkFaults } from './integrity.js';
import { Names } from './names.js';
import { Numbering } from './numbering.js';
import { recordedOf, ShardLinks } from './shard.links.js';
import { StreamWriter, type StreamWriterOptions } from './stream.writer.js';

export interface EventStoreJournalOptions extends StreamWriterOptions, Omit<ConnectionOptions, 'broken'> {
  /** Listeners are called at least this often, in milliseconds (default 2,000). */
  pollEvery?: number;
}

/** Shards that are read at the same time. */
const AT_ONCE = 16;

/**
 * The journal in an EventStoreDB: a stream a subject, and for each shard a stream of links that gives its events their
 * positions. Needs nothing besides; `prepareEventStore` tells at start whether it can be used.
 */
export class EventStoreJournal implements Journal {
  private readonly store: EventStoreConnection;
  private readonly names: Names;
  private readonly links: ShardLinks;
  private readonly writer: StreamWriter;
  private readonly numbering: Numbering;
  private readonly signal: HeadsSignal;

  /** Throws `JournalUrlError`. */
  constructor(url: string, options: EventStoreJournalOptions = {}) {
    this.store = new EventStoreConnection(url, {
      patience: options.patience,
      broken: () => {
        this.writer.forget();
        this.numbering.doubt();
      },
    });
    this.names = new Names(this.store.prefix);
    this.links = new ShardLinks(this.store, this.names);
    this.writer = new StreamWriter(this.store, this.names, options);
    this.numbering = new Numbering(this.store, this.names, this.links);
    const learn = this.numbering.adopt.bind(this.numbering);
    this.signal = new HeadsSignal(this.store, this.names.heads, learn, options.pollEvery);
  }

  async append(streamId: string, expectedVersion: ExpectedVersion, events: NewEvent[]): Promise<Appended> {
    const append = { streamId, expectedVersion, events };
    const [result] = await this.appendMany([append]);
    return appended(append, result);
  }

  async appendMany(appends: Append[]): Promise<AppendResult[]> {
    try {
      return await this.writer.append(appends);
    } finally {
      this.numbering.raise();
    }
  }

  async readStream(streamId: string, afterVersion = 0, limit = 10_000): Promise<RecordedEvent[]> {
    const stream = this.names.ofStream(streamId);
    const read = await this.store.readStream({ stream, from: afterVersion, count: limit });
    const ours = read.flatMap(({ event: stored }) => {
      const event = stored && eventOf(stored);
      return event ? [{ stored, event }] : [];
    });
    if (ours.length === 0) return [];
    const shard = shardOf(streamId);
    const heads = await this.numbering.upToDate();
    const head = { position: heads[shard]?.position ?? 0, commit: this.numbering.upTo.commit };
    const places = await this.links.places(
      shard,
      ours.map(({ stored }) => stored),
      head,
    );
    return ours.map(({ stored, event }, n) => recordedOf(shard, event, stored, places[n]!, this.names));
  }

  async readShard(shard: number, afterPosition: number, limit: number): Promise<RecordedEvent[]> {
    const behind = (heads: readonly ShardHead[]) => (heads[shard]?.position ?? 0) - afterPosition;
    let count = behind(this.numbering.heads);
    if (count < limit) count = behind(await this.numbering.upToDate());
    return this.links.events(shard, afterPosition, Math.min(limit, count));
  }

  /** Answers what has its position already; only when that is nothing, the log is asked for more. */
  async readShards(
    ranges: readonly ShardRange[],
    limit: number,
    without?: ReadonlySet<string>,
  ): Promise<Span[]> {
    let pieces = piecesOf(this.numbering.heads, ranges, limit);
    if (pieces.length === 0) pieces = piecesOf(await this.numbering.upToDate(), ranges, limit);
    const read: RecordedEvent[][] = [];
    const work = pieces.entries();
    const worker = async () => {
      for (const [n, { shard, after, count }] of work) read[n] = await this.links.events(shard, after, count);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return read.flatMap((events) => spanOf(events, without) ?? []);
  }

  async heads(): Promise<ShardHead[]> {
    return [...(await this.numbering.upToDate())];
  }

  /** Faults of the stored journal, none when it is sound. Reads everything: minutes on a large journal. */
  async checkIntegrity(): Promise<ShardFault[]> {
    await this.numbering.upToDate();
    return findLinkFaults(this.store, this.names);
  }

  onAppended(listener: () => void): Promise<() => Promise<void>> {
    return this.signal.listen(listener);
  }

  async close(): Promise<void> {
    await this.signal.close();
    await this.numbering.drain();
    await this.store.close();
  }
}

/** So many events of a shard after a position. */
interface Piece {
  shard: number;
  after: number;
  count: number;
}

/** What of each range to read: those that lie behind least come first and whole, as the port says. */
function piecesOf(heads: readonly ShardHead[], ranges: readonly ShardRange[], limit: number): Piece[] {
  let left = limit;
  return ranges
    .map(({ shard, after, upTo = Infinity }) => ({
      shard,
      after,
      count: Math.min(heads[shard]?.position ?? 0, upTo) - after,
    }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.count - b.count || a.shard - b.shard)
    .map((piece) => {
      const count = Math.min(piece.count, left);
      left -= count;
      return { ...piece, count };
    })
    .filter(({ count }) => count > 0);
}
