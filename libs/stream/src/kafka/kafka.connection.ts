import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { brokersOf } from './kafka.address.js';
import { kafkaClient, type KafkaLog } from './kafka.client.js';
import { EventPublisher } from './event.publisher.js';
import { explained, KafkaUnavailable } from './kafka.errors.js';
import { KafkaSettings } from './kafka.settings.js';
import { RecordProducer } from './record.producer.js';
import { SupervisedConsumer, type SupervisedOptions } from './supervised.consumer.js';
import { TopicReader } from './topic.reader.js';
import { prepareTopics, topicOf, type TopicName } from './topics.js';

/** A Kafka cluster with our topics in it. Nothing is connected until it is used. */
export interface KafkaConnection {
  client: Kafka;
  /** The full name of a topic. */
  topic(name: TopicName): string;
  /** The full name of a group of consumers. */
  group(name: string): string;
  /** The topics that this process uses; whoever does adds them. */
  readonly needed: Set<TopicName>;
  /**
   * Creates topics that are missing and checks the others, within seconds. Throws `TopicsUnusable`, `KafkaSettingError` and
   * `KafkaUnavailable`.
   */
  prepare(names: readonly TopicName[]): Promise<void>;
  /**
   * The same with all that are needed, at the start of a process, which does not end because Kafka is away: whoever uses them
   * prepares them when it is back. Throws `TopicsUnusable` and `KafkaSettingError`.
   */
  prepareIfThere(): Promise<void>;
  reader(name: TopicName): TopicReader;
  publisher(): EventPublisher;
  producer(): RecordProducer;
  consumer(name: TopicName, options: Omit<SupervisedOptions, 'topic' | 'log'>): SupervisedConsumer;
}

/**
 * Who publishes, or asks where to read on, begins anew on another connection, and looks what was stored: nobody waits for
 * it meanwhile. In milliseconds.
 */
const OTHERS_WAIT = 4_000;
/** How long Kafka may take to prepare topics, in milliseconds. One that hangs is told as one that is away. */
const PREPARED_WITHIN = 10_000;

export function kafkaConnection(
  url: string,
  settings: KafkaSettings = new KafkaSettings(),
  log?: KafkaLog,
): KafkaConnection {
  const client = kafkaClient(url, settings, log);
  const brisk = kafkaClient(url, settings, log, OTHERS_WAIT);
  const topic = (name: TopicName) => topicOf(settings, name);
  const group = (name: string) => `${settings.kafkaPrefix}.${name}`;
  const brokers = brokersOf(url).join(', ');
  const needed = new Set<TopicName>();
  const prepare = async (names: readonly TopicName[]) => {
    const prepared = prepareTopics(brisk, settings, names).catch((error: unknown) => {
      throw explained(error, brokers);
    });
    // What is told too late is told to nobody.
    prepared.catch(() => undefined);
    await Promise.race([prepared, patience(brokers)]);
  };
  return {
    client,
    topic,
    group,
    needed,
    prepare,
    prepareIfThere: async () => {
      try {
        await prepare([...needed]);
      } catch (error) {
        if (!(error instanceof KafkaUnavailable)) throw error;
        log?.('warn', 'starting without Kafka', { problem: error.message });
      }
    },
    reader: (name) => new TopicReader(brisk, topic(name)),
    publisher: () => new EventPublisher(brisk),
    producer: () => new RecordProducer(brisk),
    consumer: (name, options) =>
      new SupervisedConsumer(client, { ...options, group: group(options.group), topic: topic(name), log }),
  };
}

async function patience(brokers: string): Promise<never> {
  await sleep(PREPARED_WITHIN, undefined, { ref: false });
  throw new KafkaUnavailable(
    `Kafka at ${brokers} has not answered within ${PREPARED_WITHIN / 1_000} s: does it hang?`,
  );
}
