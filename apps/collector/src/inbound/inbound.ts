import { setTimeout as sleep } from 'node:timers/promises';
import { RequestProblem } from '@perennial/service';
import type {
  EachBatchPayload,
  KafkaConnection,
  RecordProducer,
  SupervisedConsumer,
} from '@perennial/stream';
import type { Arrival, Delivery, Outcome, Refusal } from '../intake/arrival.js';
import { readInbound, type InboundRecord } from './inbound.record.js';

export interface InboundOptions {
  kafka: KafkaConnection;
  take: (delivery: Delivery) => Promise<Outcome>;
  /** Bytes of one event. */
  eventLimit: number;
  log: (message: string, fields: Record<string, unknown>) => void;
}

const TOPICS = ['inbound', 'rejected'] as const;
/** Records taken in together. */
const BATCH = 500;
/** Between attempts while the journal is away, in milliseconds. */
const LAST_RETRY = 2_000;

/** A delivery, and the record that each arrival came in. */
interface Opened {
  delivery: Delivery;
  records: InboundRecord[];
}

/**
 * Records the events that other systems publish to `perennial.inbound`. Kafka is told how far we are only when the
 * events are in the journal, and the others among the rejected events and in `perennial.rejected`; what comes again
 * after a crash is a duplicate then.
 */
export class Inbound {
  private readonly consumer: SupervisedConsumer;
  private readonly producer: RecordProducer;
  private stopping = false;

  constructor(private readonly options: InboundOptions) {
    const { kafka } = options;
    for (const topic of TOPICS) kafka.needed.add(topic);
    this.producer = kafka.producer();
    this.consumer = kafka.consumer('inbound', {
      group: 'collector',
      prepare: () => kafka.prepare(TOPICS),
      concurrency: 4,
      receive: (payload) => this.receive(payload),
      assigned: () => undefined,
    });
  }

  /** Why nothing comes from Kafka at the moment, if so. */
  get problem(): string | undefined {
    return this.consumer.problem;
  }

  start(): void {
    this.consumer.start();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.consumer.stop();
    await this.producer.close();
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    for (
      let begin = 0;
      begin < batch.messages.length && payload.isRunning() && !payload.isStale();
      begin += BATCH
    ) {
      const messages = batch.messages.slice(begin, begin + BATCH);
      const records = messages.map(({ offset, value, headers }) => ({
        partition: batch.partition,
        offset,
        value,
        headers,
      }));
      if (!(await this.insist(() => this.take(records), payload))) return;
      const { offset } = messages.at(-1)!;
      payload.resolveOffset(offset);
      const next = String(BigInt(offset) + 1n);
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset: next }] }],
      });
      await payload.heartbeat();
    }
  }

  private async take(received: readonly InboundRecord[]): Promise<void> {
    const { delivery, records } = this.open(received);
    const { rejected } = await this.options.take(delivery);
    if (rejected.length === 0) return;
    const topic = this.options.kafka.topic('rejected');
    await this.producer.send(
      topic,
      rejected.map((refusal) => this.messageOf(refusal, records[refusal.index]!, delivery.receivedAt)),
    );
  }

  private open(received: readonly InboundRecord[]): Opened {
    const arrivals: Arrival[] = [];
    const texts: (() => string | Buffer)[] = [];
    const records: InboundRecord[] = [];
    for (const record of received) {
      const read = readInbound(record, this.options.eventLimit);
      read.arrivals.forEach((arrival, index) => {
        arrivals.push(arrival);
        texts.push(() => read.sentText(index));
        records.push(record);
      });
    }
    const topic = this.options.kafka.topic('inbound');
    return {
      records,
      delivery: {
        origin: 'kafka',
        arrivals,
        sentText: (index) => texts[index]!(),
        reference: (index) =>
          `${topic}, partition ${records[index]!.partition}, offset ${records[index]!.offset}`,
        receivedAt: new Date(),
      },
    };
  }

  /** Why and where, but not what: the event may name a person, and a topic can't forget. */
  private messageOf({ id, code, message }: Refusal, record: InboundRecord, receivedAt: Date) {
    const topic = this.options.kafka.topic('inbound');
    const { partition, offset } = record;
    return {
      key: `${topic}/${partition}/${offset}`,
      value: JSON.stringify({ id, code, message, topic, partition, offset: Number(offset) }),
      headers: {
        ce_specversion: '1.0',
        ce_id: `${topic}/${partition}/${offset}`,
        ce_source: '/perennial/collector',
        ce_type: 'perennial.event.rejected',
        ce_time: receivedAt.toISOString(),
        'content-type': 'application/json',
      },
    };
  }

  /** Tries again while the journal or the database is away, and says meanwhile that we live. */
  private async insist(work: () => Promise<void>, payload: EachBatchPayload): Promise<boolean> {
    for (let failures = 0; !this.stopping && payload.isRunning() && !payload.isStale(); failures++)
      try {
        await work();
        return true;
      } catch (error) {
        // What no repetition mends makes the consumer start anew, with a pause.
        if (!(error instanceof RequestProblem)) throw error;
        this.options.log('inbound events wait', { problem: error.message });
        await sleep(Math.min(LAST_RETRY, 100 * 2 ** failures));
        await payload.heartbeat();
      }
    return false;
  }
}
