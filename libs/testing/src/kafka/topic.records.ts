import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { sharedKafka } from './kafka.given.js';

/** A record of a topic, its bytes read as text. */
export interface TopicRecord {
  partition: number;
  offset: number;
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
}

const client = async () =>
  new Kafka({ brokers: (await sharedKafka()).brokers, logLevel: logLevel.NOTHING, retry: { retries: 10 } });

/** Everything that a topic holds now, each partition's records in order. */
export async function recordsOf(topic: string): Promise<TopicRecord[]> {
  const kafka = await client();
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await admin.fetchTopicOffsets(topic)).map(({ low, high }) => Number(high) - Number(low));
  await admin.disconnect();
  const expected = ends.reduce((sum, count) => sum + count, 0);
  const records: TopicRecord[] = [];
  if (expected === 0) return records;
  const consumer = kafka.consumer({ groupId: `records-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        records.push({
          partition,
          offset: Number(message.offset),
          key: message.key?.toString() ?? null,
          value: message.value?.toString() ?? null,
          headers: Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          ),
        });
        if (records.length === expected) resolve();
      },
    });
  });
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** Deletes a topic of the shared Kafka, as an operator might. */
export async function deleteTopic(topic: string): Promise<void> {
  const admin = (await client()).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
}

/** Publishes records as another system would. */
export async function sendRecords(
  topic: string,
  messages: {
    key?: string;
    value: string | Buffer | null;
    headers?: Record<string, string>;
    partition?: number;
  }[],
): Promise<void> {
  const producer = (await client()).producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}
