import { setTimeout as sleep } from 'node:timers/promises';
import { isDecision, isEventName } from '@perennial/events';
import type { Journal, RecordedEvent, ShardHead } from '@perennial/journal';
import {
  endsOfDecisions,
  endsOfEvents,
  Seldom,
  type EventPublisher,
  type InJournal,
  type KafkaConnection,
  type TopicEnd,
  type TopicReader,
} from '@perennial/stream';
import { HEARTBEAT, type RelayLease } from './relay.lease.js';

export interface RelayOptions {
  journal: Journal;
  kafka: KafkaConnection;
  lease: RelayLease;
  log: (message: string, fields: Record<string, unknown>) => void;
  /** Most events published together. */
  batchSize?: number;
}

export interface RelayCounters {
  published: number;
  decisions: number;
  /** How often it began to publish: at its start, after an error, after a topic had changed. */
  begun: number;
}

const TOPICS = ['events', 'decisions'] as const;
const BATCH = 5_000;
/** How often an idle relay looks whether the topic is still as it left it, in milliseconds. */
const LOOK_EVERY = 2_000;

/** The topic does not hold what was published to it: it was deleted, cut off, or somebody else has written. */
class TopicChanged extends Error {
  constructor(topic: string) {
    super(`${topic} is not as it was left; looking how far it goes.`);
  }
}

/** The topic was filled from another journal, or from what this one was before it was restored from a backup. */
class TopicDiverged extends Error {
  constructor(topic: string, shard: number, position: number) {
    super(
      `${topic} holds events that the journal does not have (shard ${shard}, position ${position}): was the journal restored from an older backup, or is it another one? If this journal is the right one, delete the topic: it is created and filled from the journal again; then rebuild the services' read models.`,
    );
  }
}

/**
 * Publishes the journal to `perennial.events`, and decisions to `perennial.decisions` as well. Where to go on is read
 * from the ends of the topics, so that nothing is stored twice; and what consumers are given twice all the same, or
 * not at all, they notice by its position.
 */
export class Relay {
  readonly counters: RelayCounters = { published: 0, decisions: 0, begun: 0 };
  /** Whether this one publishes; otherwise it stands by. */
  active = false;
  /** Whether it is its turn, also while it can't publish, as when Kafka is away. */
  holdsLease = false;
  /** Why it does not publish, if it should. */
  problem?: string;
  private events = new Map<number, TopicEnd>();
  private decisions = new Map<number, TopicEnd>();
  private readonly stopping = new AbortController();
  private running?: Promise<void>;
  private news = true;
  private lookedAt = 0;
  /** The relay tries twice a second. */
  private readonly told = new Seldom();
  private wake: () => void = () => undefined;

  constructor(private readonly options: RelayOptions) {
    for (const topic of TOPICS) options.kafka.needed.add(topic);
  }

  start(): void {
    this.running = this.run();
  }

  /** Finishes the batch in hand and lets another relay take over at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** How many events of the journal are not published yet, as far as this relay knows. */
  async backlog(): Promise<number> {
    const heads = await this.options.journal.heads();
    return heads.reduce(
      (sum, { shard, position }) => sum + Math.max(0, position - (this.events.get(shard)?.position ?? 0)),
      0,
    );
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const stopListening = await this.listen(signal);
    while (!signal.aborted) {
      try {
        await this.serve(signal);
        this.problem = undefined;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        if (this.told.isDue(this.problem))
          this.options.log('the relay begins anew', { problem: this.problem });
      }
      await sleep(this.problem ? 500 : HEARTBEAT, undefined, { signal }).catch(() => undefined);
    }
    await stopListening();
  }

  private async listen(signal: AbortSignal): Promise<() => Promise<void>> {
    signal.addEventListener('abort', () => this.wake());
    return this.options.journal.onAppended(() => {
      this.news = true;
      this.wake();
    });
  }

  /** Publishes for as long as the lease is ours; returns when another holds it. */
  private async serve(signal: AbortSignal): Promise<void> {
    const { lease, kafka } = this.options;
    const remembered = await lease.hold();
    this.holdsLease = remembered !== undefined;
    if (!remembered) return;
    const lost = new AbortController();
    const beating = this.beat(lost);
    const publisher = kafka.publisher();
    const reader = kafka.reader('events');
    const decisionsReader = kafka.reader('decisions');
    const ofTopic: ReadonlyMap<number, TopicEnd> =
      remembered.topic === reader.topic ? remembered.events : new Map();
    // How far behind we are is known before Kafka answers.
    if (this.events.size === 0) this.events = new Map(ofTopic);
    try {
      await kafka.prepare(TOPICS);
      await publisher.connect();
      const heads = await this.options.journal.heads();
      this.events = await endsOfEvents(reader, ofTopic, heads);
      this.compare(heads);
      this.decisions = await endsOfDecisions(decisionsReader, remembered.decisions, heads, (place) =>
        this.isInJournal(place),
      );
      this.active = true;
      this.problem = undefined;
      this.told.forget();
      this.counters.begun++;
      this.options.log('the relay publishes', { behind: await this.backlog() });
      await this.publish(publisher, reader, AbortSignal.any([signal, lost.signal]));
    } finally {
      this.active = false;
      clearInterval(beating);
      await Promise.allSettled([publisher.close(), reader.close(), decisionsReader.close()]);
      if (signal.aborted) await lease.release().catch(() => undefined);
    }
  }

  /** Keeps the lease, and what was published, until it is lost. */
  private beat(lost: AbortController): NodeJS.Timeout {
    const { lease } = this.options;
    return setInterval(() => {
      const { events, decisions } = this;
      const topic = this.options.kafka.topic('events');
      const checkpoint = this.active ? { topic, events, decisions } : undefined;
      lease.hold(checkpoint).then(
        (held) => (held ? undefined : lost.abort()),
        // The database does not answer: the lease ends by itself.
        () => (lease.isValid ? undefined : lost.abort()),
      );
    }, HEARTBEAT);
  }

  private async publish(publisher: EventPublisher, reader: TopicReader, signal: AbortSignal): Promise<void> {
    let next = this.read(this.events);
    try {
      while (!signal.aborted) {
        const events = await next;
        this.follow(events);
        if (events.length === 0) {
          await this.lookAfter(reader);
          await this.untilNews(signal);
          next = this.read(this.events);
          continue;
        }
        // The next are read while these are sent.
        const after = endsAfter(this.events, events);
        next = this.read(after);
        next.catch(() => undefined);
        if (!this.options.lease.isValid) return;
        await this.send(publisher, events);
      }
    } finally {
      await next.catch(() => undefined);
    }
  }

  private async read(ends: ReadonlyMap<number, { position: number }>): Promise<RecordedEvent[]> {
    this.news = false;
    const spans = await this.options.journal.readShards(
      [...ends].map(([shard, { position }]) => ({ shard, after: position })),
      this.options.batchSize ?? BATCH,
    );
    return spans.flatMap(({ events }) => events);
  }

  /** The journal has to have what was published, and to go on from there. */
  private compare(heads: readonly ShardHead[]): void {
    for (const { shard, position, eventId } of heads) {
      const end = this.events.get(shard);
      // Where the journal goes further, its next event tells what it follows.
      if (!end || end.position < position) continue;
      if (end.position > position || (end.eventId && end.eventId !== eventId))
        throw this.diverged(shard, end.position);
    }
  }

  private follow(events: readonly RecordedEvent[]): void {
    for (const { shard, position, previousId } of events) {
      const end = this.events.get(shard);
      if (end?.eventId && end.position === position - 1 && end.eventId !== previousId)
        throw this.diverged(shard, end.position);
    }
  }

  private diverged(shard: number, position: number): TopicDiverged {
    return new TopicDiverged(this.options.kafka.topic('events'), shard, position);
  }

  private isInJournal: InJournal = async ({ shard, position, eventId }) => {
    const [event] = await this.options.journal.readShard(shard, position - 1, 1);
    return event?.position === position && event.eventId === eventId;
  };

  /** Decisions first: where the relay goes on is told by the events. */
  private async send(publisher: EventPublisher, events: readonly RecordedEvent[]): Promise<void> {
    const { kafka } = this.options;
    const decisions = events.filter(
      ({ type, shard, position }) =>
        isEventName(type) && isDecision(type) && position > (this.decisions.get(shard)?.position ?? 0),
    );
    if (decisions.length > 0) {
      await publisher.publish(kafka.topic('decisions'), decisions);
      for (const { shard, position } of decisions) this.decisions.set(shard, { position, offset: 0 });
      this.counters.decisions += decisions.length;
    }
    const stored = await publisher.publish(kafka.topic('events'), events);
    const ends = endsAfter(this.events, events);
    this.events = ends;
    this.counters.published += events.length;
    for (const [shard, { offset }] of ends)
      if (stored.has(shard) && stored.get(shard) !== offset) throw new TopicChanged(kafka.topic('events'));
  }

  private async untilNews(signal: AbortSignal): Promise<void> {
    if (this.news || signal.aborted) return;
    const woken = new Promise<void>((resolve) => (this.wake = resolve));
    await Promise.race([woken, sleep(LOOK_EVERY, undefined, { signal, ref: false }).catch(() => undefined)]);
  }

  /** Nobody would miss records of a topic that was deleted until the next event of their shard comes. */
  private async lookAfter(reader: TopicReader): Promise<void> {
    if (Date.now() - this.lookedAt < LOOK_EVERY) return;
    this.lookedAt = Date.now();
    this.compare(await this.options.journal.heads());
    const bounds = await reader.bounds([...this.events.keys()]);
    for (const [shard, { offset }] of this.events)
      if (bounds.get(shard)?.high !== offset) throw new TopicChanged(reader.topic);
  }
}

/** Where the shards end once these events are published. */
function endsAfter(
  ends: ReadonlyMap<number, TopicEnd>,
  events: readonly RecordedEvent[],
): Map<number, TopicEnd> {
  const after = new Map(ends);
  for (const { shard, position, eventId } of events)
    after.set(shard, { position, eventId, offset: (after.get(shard)?.offset ?? 0) + 1 });
  return after;
}
