import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Waits until a topic holds at least so many records, for up to a minute. Answers how many there are. */
async function countOf(kafka: Kafka, topic: string, atLeast: number): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    for (const end = Date.now() + 60_000; ;) {
      const ends = (await admin.fetchTopicOffsets(topic)).map(({ low, high }) => Number(high) - Number(low));
      const count = ends.reduce((sum, one) => sum + one, 0);
      if (count >= atLeast || Date.now() > end) return count;
      await sleep(50);
    }
  } finally {
    await admin.disconnect();
  }
}

/** Everything that a topic holds, once it is at least so many records; each partition's in order. */
export async function recordsOf(topic: string, atLeast = 0): Promise<TopicRecord[]> {
  const kafka = await client();
  const expected = await countOf(kafka, topic, atLeast);
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
