import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Consumer,
  ConsumerCrashEvent,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
  Kafka,
  RequestEvent,
} from 'kafkajs';
import { Seldom } from '../seldom.js';
import { GroupPlace } from './group.place.js';
import type { KafkaLog } from './kafka.client.js';

export interface SupervisedOptions {
  topic: string;
  group: string;
  log?: KafkaLog;
  /** Makes the topic ready, until it has succeeded once. */
  prepare?: () => Promise<void>;
  /** Handles records of a partition. What it throws makes the consumer start anew. */
  receive: (payload: EachBatchPayload) => Promise<void>;
  /** The partitions that are ours from now on. Called before records of them are received. */
  assigned: (partitions: number[]) => void;
  /** Partitions received at the same time (default 1). */
  concurrency?: number;
  /** After how long a silence a member counts as gone, in milliseconds; a rebalance waits so long for a killed one. */
  sessionTimeout?: number;
  /** After how long without a sign of life from kafkajs it is started anew, in milliseconds. */
  stalledAfter?: number;
  /** After how long a silence it is asked whether brokers answer others, in milliseconds. */
  silentAfter?: number;
}

/** Between attempts, in milliseconds. */
const FIRST_RETRY = 200;
const LAST_RETRY = 1_000;
/** Most bytes of records in one answer of a broker. */
const FETCH_BYTES = 5 * 1024 * 1024;
/** How long a consumer may take to end before it is left to itself, in milliseconds: at a stop, and where another follows. */
const PATIENCE = 2_000;
const LITTLE_PATIENCE = 200;
/** How long a broker may take to answer somebody new, and how long it may then take until our own answer comes. */
const ANSWER = 2_000;
const OWN_ANSWER = 1_000;
/** What was answered last to a member that has joined; one that joins waits for others. */
const OF_MEMBERS = new Set(['Heartbeat', 'Fetch', 'OffsetCommit']);

/**
 * A kafkajs consumer that is started anew whenever it crashes, gives up or says nothing any more: kafkajs does so by
 * itself for some errors only, and with pauses of up to half a minute.
 */
export class SupervisedConsumer {
  private consumer?: Consumer;
  private stopping = new AbortController();
  private place = new GroupPlace();
  private running?: Promise<void>;
  /** By a clock that nobody sets, as all times here. */
  private lastSign = 0;
  /** Name of the request that a broker answered last. */
  private lastAnswered = '';
  private receiving = 0;
  private isAsking = false;
  private isPrepared = false;
  private readonly told = new Seldom();
  /** Why the consumer is not running, if it is not. */
  problem?: string;
  /** How often it was started anew. */
  restarts = 0;
  /** Whether it was ever a member of its group. */
  hasJoined = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: SupervisedOptions,
  ) {}

  private get silentAfter(): number {
    return this.options.silentAfter ?? 2_000;
  }

  /** Whether the group counts us among its members, as far as a broker has said a moment ago. */
  get isMember(): boolean {
    return OF_MEMBERS.has(this.lastAnswered) && performance.now() - this.lastSign < this.silentAfter;
  }

  start(): void {
    this.stopping = new AbortController();
    this.place = new GroupPlace();
    this.running = this.keepRunning();
  }

  /** Leaves the group, so that the others need not wait for us to be missed. */
  async stop(): Promise<void> {
    this.place.giveUp();
    this.stopping.abort();
    await this.running;
  }

  /** Reads a partition from this offset on; without effect if it is not ours. */
  seek(partition: number, offset: number): void {
    try {
      this.consumer?.seek({ topic: this.options.topic, partition, offset: String(offset) });
    } catch {
      // Not running: whoever is assigned the partition next asks anew.
    }
  }

  /** Tells Kafka how far we are. Rejects when the partitions are somebody else's. */
  async commit(offsets: readonly { partition: number; offset: number; metadata?: string }[]): Promise<void> {
    const { topic } = this.options;
    await this.consumer?.commitOffsets(
      offsets.map(({ partition, offset, metadata }) => ({
        topic,
        partition,
        offset: String(offset),
        metadata,
      })),
    );
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; failures++) {
      const began = performance.now();
      try {
        await this.runOnce(signal);
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        if (this.told.isDue(this.problem))
          this.options.log?.('warn', 'the consumer ended and is started anew', {
            problem: this.problem,
            group: this.options.group,
          });
      }
      if (signal.aborted) return;
      this.restarts++;
      if (performance.now() - began > 60_000) failures = 0;
      await sleep(Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }

  /** Resolves when it is told to stop; rejects when the consumer has crashed or stalled. */
  private async runOnce(signal: AbortSignal): Promise<void> {
    const { topic, group, receive, sessionTimeout = 6_000 } = this.options;
    const consumer = this.kafka.consumer({
      groupId: group,
      partitionAssigners: [this.place.assigner],
      sessionTimeout,
      // By its answer a member learns that the group divides anew: so long shards that another gave up are nobody's.
      heartbeatInterval: sessionTimeout / 12,
      rebalanceTimeout: Math.max(10_000, sessionTimeout),
      // Also how long a stop waits for the fetch in hand.
      maxWaitTimeInMs: 500,
      // A shard's events come together, and in few answers; there is only one on its way at a time.
      maxBytesPerPartition: FETCH_BYTES,
      maxBytes: FETCH_BYTES,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      retry: { retries: 5, restartOnFailure: async () => false },
    });
    this.consumer = consumer;
    const outcome = Promise.withResolvers<undefined>();
    const end = (error?: Error) => {
      if (error) outcome.reject(error);
      else outcome.resolve(undefined);
    };
    outcome.promise.catch(() => undefined);
    this.follow(consumer, end);
    const onAbort = () => end();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const watchdog = this.watch(end);
    const started = this.startConsumer(consumer, topic, this.counted(consumer, receive), signal);
    started.catch(end);
    try {
      await outcome.promise;
    } finally {
      clearInterval(watchdog);
      signal.removeEventListener('abort', onAbort);
      this.consumer = undefined;
      // One that is still connecting can't be told to stop before it has.
      const stopped = started.catch(() => undefined).then(() => consumer.disconnect().catch(() => undefined));
      await Promise.race([
        stopped,
        sleep(signal.aborted ? PATIENCE : LITTLE_PATIENCE, undefined, { ref: false }),
      ]);
    }
  }

  /** Listens to a consumer. */
  private follow(consumer: Consumer, end: (error: Error) => void): void {
    const { topic, group, assigned, log } = this.options;
    const { events } = consumer;
    // One that was left to itself may come round: what it says then is about a member that is no more.
    const listen = <Event>(name: Parameters<Consumer['on']>[0], heard: (event: Event) => void) =>
      consumer.on(name, (event) => {
        if (this.consumer === consumer) heard(event as Event);
      });
    const sign = () => (this.lastSign = performance.now());
    listen<ConsumerCrashEvent>(events.CRASH, ({ payload }) => end(payload.error));
    listen(events.FETCH, sign);
    listen(events.HEARTBEAT, sign);
    listen<RequestEvent>(events.REQUEST, ({ payload }) => {
      // One that joins is told nothing else until all others have come.
      sign();
      this.lastAnswered = payload.apiName;
    });
    listen(events.REBALANCING, () => (this.lastAnswered = ''));
    listen<ConsumerGroupJoinEvent>(events.GROUP_JOIN, ({ payload }) => {
      sign();
      if (this.problem !== undefined) log?.('log', 'the consumer reads again', { group });
      this.problem = undefined;
      this.hasJoined = true;
      this.told.forget();
      const partitions = payload.memberAssignment[topic] ?? [];
      log?.('debug', 'the group has divided its partitions', {
        group,
        partitions: partitions.length,
        took: payload.duration,
      });
      assigned(partitions);
    });
    sign();
    this.lastAnswered = '';
    this.receiving = 0;
  }

  private async startConsumer(
    consumer: Consumer,
    topic: string,
    receive: SupervisedOptions['receive'],
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.isPrepared) await this.options.prepare?.();
    this.isPrepared = true;
    if (signal.aborted) return;
    await consumer.connect();
    if (signal.aborted) return;
    await consumer.subscribe({ topic, fromBeginning: true });
    if (signal.aborted) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency ?? 1,
      eachBatch: receive,
    });
  }

  /** So that a consumer that is silent because its records are being handled is not taken for one that is cut off. */
  private counted(consumer: Consumer, receive: SupervisedOptions['receive']): SupervisedOptions['receive'] {
    return async (payload) => {
      if (this.consumer !== consumer) return;
      this.receiving++;
      try {
        await receive(payload);
      } finally {
        if (this.consumer === consumer) this.receiving--;
      }
    };
  }

  private watch(end: (error: Error) => void): NodeJS.Timeout {
    const { silentAfter } = this;
    const { stalledAfter = 20_000 } = this.options;
    return setInterval(
      () => {
        const silence = performance.now() - this.lastSign;
        if (silence > stalledAfter)
          end(new Error(`Kafka has said nothing for ${stalledAfter / 1_000} s: does it hang?`));
        else if (silence > silentAfter) void this.endIfCutOff(end);
      },
      Math.min(stalledAfter / 10, silentAfter / 3),
    ).unref();
  }

  /**
   * A connection on which nothing comes any more looks the same whether its broker hangs or the way to it is lost. A
   * broker that hangs is waited for: whoever began anew would be a second member of its group. One that answers others
   * will never answer us.
   */
  private async endIfCutOff(end: (error: Error) => void): Promise<void> {
    const isMember = () => this.receiving === 0 && OF_MEMBERS.has(this.lastAnswered);
    if (this.isAsking || !isMember()) return;
    this.isAsking = true;
    try {
      const before = this.lastSign;
      if (!(await answers(this.kafka))) return;
      await sleep(OWN_ANSWER, undefined, { ref: false });
      if (this.lastSign === before && isMember())
        end(new Error('Kafka answers others, but nothing comes on the connection of this consumer.'));
    } finally {
      this.isAsking = false;
    }
  }
}

/** Whether any broker answers on a new connection. */
async function answers(kafka: Kafka): Promise<boolean> {
  const asking = kafka.admin({ retry: { retries: 0 } });
  const answered = asking.connect().then(
    () => true,
    () => false,
  );
  const result = await Promise.race([answered, sleep(ANSWER, false, { ref: false })]);
  void answered.then(() => asking.disconnect()).catch(() => undefined);
  return result;
}

export type { EachBatchPayload };
