import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@perennial/journal';
import type { Kafka, Producer } from 'kafkajs';
import { HEADER_BYTES, recordOf, type EventRecord } from './event.record.js';

/** The largest request to a partition, in bytes: Kafka's own default limit. A single record may be larger. */
const BATCH_BYTES = 900 * 1024;

/** How long a close may take, in milliseconds. */
const PATIENCE = 1_000;

/** Where the record after the last one stored by a call will be, by partition. */
export type NextOffsets = Map<number, number>;

/**
 * Writes events to topics whose partitions are the shards, each shard's in the order given, acknowledged by all
 * replicas, and not twice when a request has to be repeated (idempotent producer).
 * After an error it is not known what was stored: close it, look, and go on with another.
 */
export class EventPublisher {
  private readonly producer: Producer;
  /** Rejects when a request gets no answer: kafkajs would ask five times more where nothing comes any more. */
  private readonly unanswered: Promise<never>;

  constructor(kafka: Kafka) {
    this.producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
      // Each record names its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
    });
    this.unanswered = new Promise((_, reject) => {
      this.producer.on(this.producer.events.REQUEST_TIMEOUT, ({ payload: { apiName } }) =>
        reject(new Error(`Kafka did not answer ${apiName} in time.`)),
      );
    });
    this.unanswered.catch(() => undefined);
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  async publish(topic: string, events: readonly RecordedEvent[]): Promise<NextOffsets> {
    const next: NextOffsets = new Map();
    for (const messages of requestsOf(events)) {
      const stored = await Promise.race([
        this.producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] }),
        this.unanswered,
      ]);
      const counts = new Map<number, number>();
      for (const { partition } of messages) counts.set(partition, (counts.get(partition) ?? 0) + 1);
      for (const { partition, baseOffset } of stored)
        next.set(partition, Number(baseOffset) + (counts.get(partition) ?? 0));
    }
    return next;
  }

  async close(): Promise<void> {
    // One that gets no answers any more would wait for them.
    const closed = this.producer.disconnect().catch(() => undefined);
    await Promise.race([closed, sleep(PATIENCE, undefined, { ref: false })]);
  }
}

/** kafkajs makes one batch of all records of a partition, however large; so they are divided before. */
function* requestsOf(events: readonly RecordedEvent[]): Generator<EventRecord[]> {
  let request: EventRecord[] = [];
  let sizes = new Map<number, number>();
  for (const event of events) {
    const record = recordOf(event);
    const bytes = Buffer.byteLength(record.value) + HEADER_BYTES;
    const before = sizes.get(event.shard) ?? 0;
    if (before > 0 && before + bytes > BATCH_BYTES) {
      yield request;
      request = [];
      sizes = new Map();
    }
    request.push(record);
    sizes.set(event.shard, (sizes.get(event.shard) ?? 0) + bytes);
  }
  if (request.length > 0) yield request;
}
