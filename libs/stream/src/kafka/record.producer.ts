import type { Kafka, Message, Producer } from 'kafkajs';
import { Partitioners } from 'kafkajs';

/** Writes records to topics, distributed over the partitions by their keys as Java's clients do it. */
export class RecordProducer {
  private readonly producer: Producer;
  private connected?: Promise<void>;

  constructor(kafka: Kafka) {
    this.producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
  }

  /** Resolves when all replicas have the records. */
  async send(topic: string, messages: Message[]): Promise<void> {
    this.connected ??= this.producer.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    await this.connected;
    await this.producer.send({ topic, acks: -1, messages });
  }

  async close(): Promise<void> {
    await this.connected?.catch(() => undefined);
    await this.producer.disconnect();
  }
}
