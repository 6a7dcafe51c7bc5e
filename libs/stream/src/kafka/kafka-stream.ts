import { setTimeout as sleep } from 'node:timers/promises';
import { spanFrom, type Journal, type Span } from '@perennial/journal';
import type { EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Membership, StreamConsumer } from '../stream.port.js';
import { Seldom } from '../seldom.js';
import { Waiting } from '../waiting.js';
import { eventOf, placeOf, sizeOf, type EventPlace } from './event.record.js';
import type { KafkaLog } from './kafka.client.js';
import { LateShards } from './late.shards.js';
import { offsetsAfter } from './position.offsets.js';
import { SupervisedConsumer } from './supervised.consumer.js';
import type { TopicReader } from './topic.reader.js';

export interface KafkaStreamOptions {
  /** Members of one group share the shards. */
  group: string;
  /** Where events are read that the topic does not give. Without it they are waited for. */
  journal?: Pick<Journal, 'heads' | 'readShards'>;
  log?: KafkaLog;
  /** Makes the topic ready, where it was not when the process started. */
  prepare?: () => Promise<void>;
  sessionTimeout?: number;
  stalledAfter?: number;
  /** Bytes of records that may wait to be asked for; then fetching pauses. */
  bufferBytes?: number;
  /** How often it is looked whether the topic is the one that was read, and gives what the journal has, in milliseconds. */
  lookEvery?: number;
}

/** How far a shard is read. */
interface Reading {
  /** The position that was named; what comes up to it was not asked for. */
  after: number;
  /** Of the last event handed out. */
  position: number;
  /** Of the record to read next; undefined while it is looked up. */
  offset?: number;
}

/** Records of a shard that wait to be asked for. */
interface Chunk {
  shard: number;
  reading: Reading;
  records: KafkaMessage[];
  /** How many of them were handed out. */
  taken: number;
  bytes: number;
}

const BUFFER_BYTES = 16 * 1024 * 1024;
/** How often Kafka is told how far we are, in milliseconds. Only tools that show the lag look at it. */
const COMMIT_EVERY = 5_000;
/** How long what a leave is waiting for may take, in milliseconds. */
const PATIENCE = 2_000;
/** In milliseconds. */
const LOOK_EVERY = 2_000;

/**
 * The stream as a Kafka topic whose partitions are the shards. Who reads which partition is the group's business;
 * where to read a shard is decided by the position that the member names, never by the offset that Kafka keeps.
 */
export class KafkaStream implements StreamConsumer {
  private readonly consumer: SupervisedConsumer;
  private restartsSeen = 0;
  private membership?: Membership;
  private readonly readings = new Map<number, Reading>();
  private chunks: Chunk[] = [];
  private buffered = 0;
  private assignment = 0;
  private settling: Promise<void> = Promise.resolve();
  private settled = true;
  private changed = false;
  private leaving = false;
  private committing?: NodeJS.Timeout;
  private looking?: NodeJS.Timeout;
  private isLooking = false;
  private readonly late?: LateShards;
  private readonly told = new Seldom();
  private readonly committed = new Map<number, number>();
  private readonly waiting = new Waiting();
  private drained: () => void = () => undefined;

  constructor(
    kafka: Kafka,
    private readonly reader: TopicReader,
    private readonly options: KafkaStreamOptions,
  ) {
    this.late = options.journal && new LateShards(options.journal);
    this.consumer = new SupervisedConsumer(kafka, {
      ...options,
      topic: reader.topic,
      receive: (payload) => this.receive(payload),
      assigned: (shards) => this.assigned(shards),
    });
  }

  /** Bytes of records that wait to be asked for. */
  get bytesWaiting(): number {
    return this.buffered;
  }

  /** How often kafkajs had to be started anew. */
  get restarts(): number {
    return this.consumer.restarts;
  }

  get problem(): string | undefined {
    return this.consumer.problem;
  }

  get hasJoined(): boolean {
    return this.consumer.hasJoined;
  }

  async join(membership: Membership): Promise<void> {
    this.membership = membership;
    this.leaving = false;
    this.consumer.start();
    this.committing = setInterval(() => void this.commit(), COMMIT_EVERY).unref();
    this.looking = setInterval(() => void this.lookInTurn(), this.options.lookEvery ?? LOOK_EVERY).unref();
  }

  async next(limit: number, signal: AbortSignal): Promise<Span[]> {
    for (;;) {
      if (signal.aborted || this.changed) {
        this.changed = false;
        return [];
      }
      const spans = this.late?.areThere ? await this.takeLate(this.late, limit) : this.take(limit);
      if (spans.length > 0) return spans;
      const isNew = () => this.changed || this.chunks.length > 0 || this.late?.areThere === true;
      await this.waiting.until(isNew, signal);
    }
  }

  seek(shard: number, position: number): void {
    if (!this.readings.has(shard)) return;
    this.drop((chunk) => chunk.shard === shard);
    this.readings.set(shard, { after: position, position });
    this.settle();
  }

  async backlog(): Promise<number> {
    const shards = [...this.readings.keys()];
    if (shards.length === 0) return 0;
    await this.settling;
    const bounds = await this.reader.bounds(shards);
    let behind = 0;
    for (const [shard, { offset }] of this.readings)
      behind += Math.max(0, (bounds.get(shard)?.high ?? 0) - (offset ?? 0));
    return behind;
  }

  async leave(): Promise<void> {
    this.leaving = true;
    clearInterval(this.committing);
    clearInterval(this.looking);
    this.drained();
    // Kafka, or whoever is to be told of shards, may not answer: that keeps nobody from leaving.
    await Promise.race([this.commit(), sleep(PATIENCE, undefined, { ref: false })]);
    await this.consumer.stop();
    await Promise.race([this.settling, sleep(PATIENCE, undefined, { ref: false })]);
    const held = [...this.readings.keys()];
    this.readings.clear();
    this.drop(() => true);
    await this.membership?.lost(held);
    await this.reader.close();
    this.waiting.rouse();
  }

  /** The group has divided the shards anew. Whatever was kept is read on from where it was handed out. */
  private assigned(shards: readonly number[]): void {
    const mine = ++this.assignment;
    this.settled = false;
    this.settling = this.settling.then(() => this.divide(shards, mine));
  }

  private async divide(shards: readonly number[], mine: number): Promise<void> {
    // The group has gone on meanwhile; a later turn compares what we hold with what it says then.
    if (mine !== this.assignment) return;
    // Where the way to Kafka was lost, it was lost for every connection.
    if (this.restartsSeen !== this.restarts) this.reader.renew();
    this.restartsSeen = this.restarts;
    const wanted = new Set(shards);
    const lost = [...this.readings.keys()].filter((shard) => !wanted.has(shard));
    const gained = shards.filter((shard) => !this.readings.has(shard));
    this.drop(() => true);
    // Held until it is told: one that was forgotten before would be claimed from its next owner again and again.
    if (lost.length > 0)
      await this.insist(mine, async () => {
        await this.membership!.lost(lost);
        for (const shard of lost) this.readings.delete(shard);
      });
    if (gained.length > 0)
      await this.insist(mine, async () => {
        for (const [shard, position] of await this.membership!.gained(gained))
          this.readings.set(shard, { after: position, position });
      });
    if (lost.length + gained.length > 0) {
      this.changed = true;
      this.waiting.rouse();
    }
    // kafkajs has forgotten what it had fetched; offsets that we know we tell it again.
    for (const [shard, { offset }] of this.readings)
      if (offset !== undefined) this.consumer.seek(shard, offset);
    await this.locate(mine);
  }

  /** Finds out where to read the shards that were told a position. */
  private settle(): void {
    this.settled = false;
    const mine = this.assignment;
    this.settling = this.settling.then(() => this.locate(mine));
  }

  private async locate(mine: number): Promise<void> {
    await this.insist(mine, async () => {
      const open = [...this.readings].filter(([, { offset }]) => offset === undefined);
      if (open.length > 0) {
        const offsets = await offsetsAfter(
          this.reader,
          new Map(open.map(([shard, { position }]) => [shard, position])),
        );
        for (const [shard, reading] of open) {
          // One that was told another position meanwhile is looked up by a later turn.
          if (this.readings.get(shard) !== reading) continue;
          reading.offset = offsets.get(shard) ?? 0;
          this.consumer.seek(shard, reading.offset);
        }
      }
      this.settled = [...this.readings.values()].every(({ offset }) => offset !== undefined);
    });
  }

  /** Tries again until it succeeds, or another assignment has taken the place of this one. */
  private async insist(mine: number, work: () => Promise<void>): Promise<void> {
    for (let failures = 0; mine === this.assignment && !this.leaving; failures++)
      try {
        await work();
        return;
      } catch (error) {
        this.options.log?.('warn', 'shards could not be taken over and are tried again', {
          problem: error instanceof Error ? error.message : String(error),
          group: this.options.group,
        });
        await sleep(Math.min(1_000, 50 * 2 ** failures));
      }
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const heartbeat = () => payload.heartbeat();
    while (!this.settled && !this.leaving) {
      await Promise.race([this.settling, sleep(500)]);
      await heartbeat();
    }
    const reading = this.readings.get(batch.partition);
    if (!reading || payload.isStale() || this.leaving) return;
    const records = batch.messages.filter(({ offset }) => Number(offset) >= (reading.offset ?? 0));
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    this.chunks.push({ shard: batch.partition, reading, records, taken: 0, bytes });
    this.buffered += bytes;
    payload.resolveOffset(batch.lastOffset());
    this.waiting.rouse();
    await this.untilDrained(heartbeat);
  }

  /** Fetching goes on when there is room: kafkajs asks for more only after this. */
  private async untilDrained(heartbeat: () => Promise<void>): Promise<void> {
    while (this.buffered > (this.options.bufferBytes ?? BUFFER_BYTES) && !this.leaving) {
      const drained = new Promise<void>((resolve) => (this.drained = resolve));
      await Promise.race([drained, sleep(500)]);
      await heartbeat();
    }
  }

  private take(limit: number): Span[] {
    const spans: Span[] = [];
    let events = 0;
    while (events < limit && this.chunks.length > 0) {
      const chunk = this.chunks[0]!;
      const { shard, reading, records } = chunk;
      while (events < limit && chunk.taken < records.length)
        events += this.read(shard, reading, records[chunk.taken++]!, spans);
      if (chunk.taken < records.length) this.letOthersGoFirst(shard);
      else {
        this.chunks.shift();
        this.buffered -= chunk.bytes;
      }
    }
    this.drained();
    return spans;
  }

  /** Whoever asks may still be at work on what it was given of this shard, and can begin with another one meanwhile. */
  private letOthersGoFirst(shard: number): void {
    const { its = [], others = [] } = Object.groupBy(this.chunks, (one) =>
      one.shard === shard ? 'its' : 'others',
    );
    this.chunks = [...others, ...its];
  }

  private async takeLate(late: LateShards, limit: number): Promise<Span[]> {
    const { readings } = this;
    const before = new Map(readings);
    const spans = await late.read(readings, limit, this.membership?.without);
    return spans.filter(({ shard, position }) => {
      const reading = readings.get(shard);
      // One that was given away or told another position meanwhile is not read on from here.
      if (!reading || reading !== before.get(shard)) return false;
      reading.position = position;
      reading.after = position;
      return true;
    });
  }

  /** Adds a record to the span that it goes on, or begins another. Answers how many events it gave: one, or none. */
  private read(shard: number, reading: Reading, record: KafkaMessage, spans: Span[]): 0 | 1 {
    reading.offset = Number(record.offset) + 1;
    const place = placeOf(shard, record);
    if (Number.isNaN(place.position)) {
      this.options.log?.('warn', 'a record that is no event of the journal is skipped', {
        topic: this.reader.topic,
        partition: shard,
        offset: record.offset,
      });
      return 0;
    }
    // The topic had not come so far when we looked where to begin.
    if (place.position <= reading.after) return 0;
    reading.position = Math.max(reading.position, place.position);
    let span = spans.at(-1);
    if (!span || !goesOn(span, place)) spans.push((span = spanFrom(place)));
    span.position = place.position;
    span.lastEventId = place.eventId;
    if (this.membership?.without?.has(place.type)) return 0;
    span.events.push(eventOf(place, record));
    return 1;
  }

  /** One that waits for Kafka is enough. */
  private async lookInTurn(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.lookAfter().catch(() => undefined);
    this.isLooking = false;
  }

  /**
   * A topic that was deleted and made again ends before the offset that we go on from, and would give nothing until it
   * has grown beyond: where our position is in it is looked up again.
   */
  private async lookAfter(): Promise<void> {
    const known = [...this.readings].filter(([, { offset }]) => offset !== undefined);
    if (known.length === 0 || !this.settled) return;
    const bounds = await this.reader.bounds(known.map(([shard]) => shard));
    const anew = known.filter(([shard, reading]) => {
      const { high } = bounds.get(shard) ?? {};
      return high !== undefined && high < (reading.offset ?? 0) && this.readings.get(shard) === reading;
    });
    if (anew.length > 0)
      this.options.log?.('warn', 'the topic ends before where it was read to: it was made anew', {
        topic: this.reader.topic,
        partitions: anew.map(([shard]) => shard),
      });
    for (const [shard, { position }] of anew) this.seek(shard, position);
    const isRead = ([shard, { offset = 0 }]: [number, Reading]) => offset >= (bounds.get(shard)?.high ?? 0);
    await this.lookForLate(new Map(known.filter(isRead)));
  }

  /** Only a member in good standing may: one that was given up by its group would take from others what is theirs now. */
  private async lookForLate(ended: ReadonlyMap<number, Reading>): Promise<void> {
    const events = await this.late?.look(
      this.consumer.isMember && this.chunks.length === 0 ? ended : new Map(),
    );
    if (!events) return;
    this.waiting.rouse();
    const what = 'the topic does not give what the journal has: it is read from the journal';
    if (!this.told.isDue(what)) return;
    this.options.log?.('warn', what, {
      topic: this.reader.topic,
      group: this.options.group,
      events,
    });
  }

  private drop(which: (chunk: Chunk) => boolean): void {
    const dropped = this.chunks.filter(which);
    if (dropped.length === 0) return;
    this.chunks = this.chunks.filter((chunk) => !which(chunk));
    for (const { bytes } of dropped) this.buffered -= bytes;
    this.drained();
  }

  /** A hint for tools that show the lag; a failure of it means nothing. */
  private async commit(): Promise<void> {
    const news = [...this.readings].flatMap(([partition, { offset, position }]) =>
      offset !== undefined && this.committed.get(partition) !== offset
        ? [{ partition, offset, metadata: String(position) }]
        : [],
    );
    if (news.length === 0) return;
    await this.consumer.commit(news).then(
      () => news.forEach(({ partition, offset }) => this.committed.set(partition, offset)),
      () => undefined,
    );
  }
}

const goesOn = (span: Span, { shard, position, previousId }: EventPlace) =>
  span.shard === shard && span.position + 1 === position && span.lastEventId === previousId;
