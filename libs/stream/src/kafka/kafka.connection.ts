import type { Kafka } from 'kafkajs';
import { EventPublisher } from './event.publisher.js';
import { kafkaClient, type KafkaLog } from './kafka.client.js';
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
  /** Creates topics that are missing and checks the others. Throws `TopicsUnusable`. */
  prepare(names: readonly TopicName[]): Promise<void>;
  reader(name: TopicName): TopicReader;
  publisher(): EventPublisher;
  producer(): RecordProducer;
  consumer(name: TopicName, options: Omit<SupervisedOptions, 'topic' | 'log'>): SupervisedConsumer;
}

export function kafkaConnection(
  url: string,
  settings: KafkaSettings = new KafkaSettings(),
  log?: KafkaLog,
): KafkaConnection {
  const client = kafkaClient(url, settings, log);
  const topic = (name: TopicName) => topicOf(settings, name);
  const group = (name: string) => `${settings.kafkaPrefix}.${name}`;
  return {
    client,
    topic,
    group,
    prepare: (names) => prepareTopics(client, settings, names),
    reader: (name) => new TopicReader(client, topic(name)),
    publisher: () => new EventPublisher(client),
    producer: () => new RecordProducer(client),
    consumer: (name, options) =>
      new SupervisedConsumer(client, { ...options, group: group(options.group), topic: topic(name), log }),
  };
}
