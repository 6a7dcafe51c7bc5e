import { openPool, type Journal } from '@perennial/journal';
import { kafkaConnection, type KafkaConnection } from './kafka/kafka.connection.js';
import { KafkaStream } from './kafka/kafka-stream.js';
import type { KafkaLog } from './kafka/kafka.client.js';
import type { KafkaSettings } from './kafka/kafka.settings.js';
import { PostgresStream, prepareStream } from './postgres/postgres-stream.js';
import type { StreamConsumer } from './stream.port.js';

/** The stream that a URL names. */
export interface Stream {
  /** A member of a group; the group is called after its service. */
  consumer(group: string): StreamConsumer;
  /** Where the stream is Kafka: for what else is done with it. */
  kafka?: KafkaConnection;
  close(): Promise<void>;
}

export interface StreamOptions {
  journal: Journal;
  /** Needed for `kafka://`. */
  kafka?: KafkaSettings;
  log?: KafkaLog;
}

/**
 * Opens the stream that a URL names; the scheme picks the adapter. Tables and topics are created when missing.
 * Throws `KafkaSettingError`. Of Kafka nothing is asked yet: `prepareIfThere`, and its consumers, do that.
 */
export async function openStream(url: string, options: StreamOptions): Promise<Stream> {
  return url.startsWith('kafka://') ? openKafka(url, options) : openPostgres(url, options);
}

async function openKafka(url: string, { journal, kafka: settings, log }: StreamOptions): Promise<Stream> {
  const kafka = kafkaConnection(url, settings, log);
  kafka.needed.add('events');
  const prepare = () => kafka.prepare(['events']);
  return {
    consumer: (group) =>
      new KafkaStream(kafka.client, kafka.reader('events'), {
        group: kafka.group(group),
        prepare,
        journal,
        log,
      }),
    kafka,
    close: async () => undefined,
  };
}

async function openPostgres(url: string, { journal }: StreamOptions): Promise<Stream> {
  const members = openPool(url, { name: 'stream', max: 4 });
  try {
    await prepareStream(members);
  } catch (error) {
    await members.end().catch(() => undefined);
    throw error;
  }
  return {
    consumer: (group) => new PostgresStream(journal, members, { group }),
    close: () => members.end(),
  };
}
