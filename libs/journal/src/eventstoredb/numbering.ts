import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { SHARDS, type ShardHead } from '../journal.port.js';
import { shardOf } from '../shard.js';
import type { EventStoreConnection } from './connection.js';
import { isOurs, jsonOf, type Stored } from './event.record.js';
import { isAfter, later, START, type LogPosition } from './log.position.js';
import type { Names } from './names.js';
import { NumberingFault, type ShardLinks } from './shard.links.js';

/** Events that are numbered together. */
const BATCH = 4_000;
/** Shards whose links are written at the same time. */
const AT_ONCE = 16;
/** When others fill the log, a new process shall not begin too far back: a mark after so many bytes without events of ours. */
const FAR = 64 * 1024 * 1024;
/** How many milliseconds to let another go first, at most. */
const YIELD = 25;

const HEADS_TYPE = 'perennial.heads';

/** Up to where the log is numbered, and where that leaves each shard. */
export interface Mark {
  upTo: LogPosition;
  heads: readonly ShardHead[];
  /** Of the mark in its stream; -1 when it was never written. */
  revision: number;
}

interface MarkData {
  upTo: [commit: number, prepare: number];
  heads: [position: number, eventId: string | null][];
}

const UNNUMBERED: Mark = {
  upTo: START,
  heads: Array.from({ length: SHARDS }, (_, shard) => ({ shard, position: 0, eventId: null })),
  revision: -1,
};

class Interrupted extends Error {}

/**
 * Gives the events of each shard their positions, in the order of EventStoreDB's log. The log never changes, so a
 * position is a function of it: any process may number, several may at once, and a crash at any moment leaves nothing
 * that the next can't take up. First the links are written, then the mark, so what a mark says is there.
 */
export class Numbering {
  private mark = UNNUMBERED;
  /** Everything before is numbered; at or after `mark.upTo`, since others write to the log too. */
  private scanned = START;
  private running?: Promise<void>;
  private next?: Promise<void>;
  private contended = false;
  /** What this process remembers may be of another log than that which is there since a restore. */
  private doubted = false;
  private closed = false;

  constructor(
    private readonly store: EventStoreConnection,
    private readonly names: Names,
    private readonly links: ShardLinks,
  ) {}

  /** As far as this process knows. They only grow, unless the log itself was restored. */
  get heads(): readonly ShardHead[] {
    return this.doubted ? UNNUMBERED.heads : this.mark.heads;
  }

  /** Every event of ours before this place has its position. */
  get upTo(): LogPosition {
    return this.mark.upTo;
  }

  /** Something was appended. Never throws and never waits. */
  raise(): void {
    if (!this.closed) this.upToDate().catch(() => undefined);
  }

  /** Resolves when all that was committed before the call has its position. */
  async upToDate(): Promise<readonly ShardHead[]> {
    this.next ??= (this.running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.running = this.next;
        this.next = undefined;
        return this.number();
      });
    await this.next;
    return this.mark.heads;
  }

  /** Learns a mark that another process has written. */
  adopt(stored: Stored): void {
    if (this.doubted) return;
    const { upTo, heads } = jsonOf(stored) as MarkData;
    const mark: Mark = {
      upTo: { commit: upTo[0], prepare: upTo[1] },
      heads: heads.map(([position, eventId], shard) => ({ shard, position, eventId })),
      revision: stored.revision,
    };
    this.learn(mark);
  }

  private learn(mark: Mark): void {
    if (isAfter(mark.upTo, this.mark.upTo)) {
      this.mark = mark;
      this.scanned = later(this.scanned, mark.upTo);
    } else if (mark.revision > this.mark.revision) this.mark = { ...this.mark, revision: mark.revision };
  }

  /** Resolves when nothing is being numbered any more. */
  async drain(): Promise<void> {
    this.closed = true;
    while (this.next ?? this.running) {
      await (this.next ?? this.running)?.catch(() => undefined);
      this.running = undefined;
    }
  }

  /** Begins again when the connection broke on the way, and once when what it knows is not what is there. */
  private async number(): Promise<void> {
    for (let wrong = 0; ;) {
      try {
        await this.pass();
        return;
      } catch (error) {
        if (error instanceof NumberingFault && wrong++ === 0) this.doubt();
        else if (!(error instanceof Interrupted)) throw error;
      }
    }
  }

  private async pass(): Promise<void> {
    const end = await this.store.endOfLog();
    if (this.doubted || isAfter(this.scanned, end)) {
      this.mark = UNNUMBERED;
      this.scanned = START;
      this.doubted = false;
    }
    if (!isAfter(end, this.scanned)) return;
    if (this.contended) await sleep(Math.random() * YIELD);
    await this.readMark();
    for (this.contended = false; ;) {
      const batch = await this.nextEvents();
      const last = batch.at(-1);
      if (last) await this.link(batch, last.at);
      if (last) this.scanned = later(this.scanned, last.at);
      if (batch.length < BATCH) break;
    }
    this.scanned = later(this.scanned, end);
    if (this.scanned.commit - this.mark.upTo.commit > FAR)
      await this.write({ ...this.mark, upTo: this.scanned });
  }

  /** Throws when what was read is perhaps not of the log that would be written to. */
  private goOn(): void {
    if (this.doubted) throw new Interrupted();
  }

  /** Before it numbers again it reads the mark, instead of going on from what it knows. */
  doubt(): void {
    this.doubted = true;
  }

  private async readMark(): Promise<void> {
    const [last] = await this.store.readStream({ stream: this.names.heads, backwards: true, count: 1 });
    if (last?.event) this.adopt(last.event);
  }

  /** The next events of ours in the log. */
  private async nextEvents(): Promise<Stored[]> {
    const from = this.scanned.commit < 0 ? undefined : this.scanned;
    const read = await this.store.readLog({ from, count: BATCH + 1, prefix: this.names.subjects });
    // The event at the position comes again, and a mark that was heard of meanwhile may count more of them already.
    return read.filter(({ at }) => isAfter(at, this.scanned)).slice(0, BATCH);
  }

  private async link(batch: readonly Stored[], upTo: LogPosition): Promise<void> {
    this.goOn();
    const heads = [...this.mark.heads];
    const shards = [...this.byShard(batch)];
    const work = shards.values();
    const worker = async () => {
      for (const [shard, events] of work) {
        const { position, eventId } = heads[shard]!;
        if (await this.links.extend(shard, position, eventId, events)) this.contended = true;
        heads[shard] = { shard, position: position + events.length, eventId: events.at(-1)?.id ?? eventId };
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (shards.length > 0) await this.write({ ...this.mark, upTo, heads });
  }

  /** What others may have written into our streams is left out; every process does so alike. */
  private byShard(batch: readonly Stored[]): Map<number, Stored[]> {
    const shards = new Map<number, Stored[]>();
    for (const stored of batch) {
      const streamId = this.names.streamIdOf(stored.stream);
      if (streamId === undefined || !isOurs(stored)) continue;
      const shard = shardOf(streamId);
      const events = shards.get(shard);
      if (events) events.push(stored);
      else shards.set(shard, [stored]);
    }
    return shards;
  }

  /** Says how far it is, unless another has said that it is further. */
  private async write(mark: Mark): Promise<void> {
    const data: MarkData = {
      upTo: [mark.upTo.commit, mark.upTo.prepare],
      heads: mark.heads.map(({ position, eventId }) => [position, eventId]),
    };
    const event = {
      id: randomUUID(),
      type: HEADS_TYPE,
      data: Buffer.from(JSON.stringify(data)),
      metadata: Buffer.from('{}'),
    };
    while (isAfter(mark.upTo, this.mark.upTo)) {
      this.goOn();
      const outcome = await this.store.append(this.names.heads, this.mark.revision, [event]);
      if (outcome.status === 'appended') this.learn({ ...mark, revision: outcome.revision });
      else {
        this.contended = true;
        if (outcome.revision < this.mark.revision) this.mark = { ...this.mark, revision: outcome.revision };
        else await this.readMark();
      }
    }
  }
}
