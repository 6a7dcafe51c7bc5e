import { randomUUID } from 'node:crypto';
import { migrateJournal, openJournal, SHARDS } from '@perennial/journal';
import {
  asNewEvent,
  describeWithKafka,
  event,
  sharedKafka,
  subjectIdOf,
  testDatabase,
} from '@perennial/testing';
import { streamContract } from '../stream.contract.js';
import { EventPublisher } from './event.publisher.js';
import { kafkaClient } from './kafka.client.js';
import { KafkaSettings } from './kafka.settings.js';
import { KafkaStream } from './kafka-stream.js';
import { prepareTopics, topicOf } from './topics.js';

describeWithKafka('Kafka', () => {
  streamContract('Kafka', async () => {
    const settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `stream-${randomUUID()}` });
    const kafka = kafkaClient((await sharedKafka()).url, settings);
    await prepareTopics(kafka, settings, ['events']);
    const database = await testDatabase();
    await migrateJournal(database.url);
    const journal = await openJournal(database.url);
    const publisher = new EventPublisher(kafka);
    await publisher.connect();
    const published = new Map(Array.from({ length: SHARDS }, (_, shard) => [shard, 0]));
    const topic = topicOf(settings, 'events');
    let recorded = 0;
    return {
      consumer: (group) => new KafkaStream(kafka, { topic, group: `${settings.kafkaPrefix}.${group}` }),
      async record(count) {
        const events = Array.from({ length: count }, () =>
          event('page.viewed', `user:${recorded % 500}`, { path: `/${recorded++}` }),
        );
        await journal.appendMany(
          events.map((given) => ({
            streamId: subjectIdOf(given.subject),
            expectedVersion: 'any' as const,
            events: [asNewEvent(given)],
          })),
        );
        const ranges = [...published].map(([shard, after]) => ({ shard, after }));
        const news = await journal.readShards(ranges, count);
        for (const { shard, position } of news) published.set(shard, position);
        await publisher.publish(
          topic,
          news.flatMap(({ events }) => events),
        );
      },
      async close() {
        await publisher.close();
        await journal.close();
        await database.drop();
      },
    };
  });
});
