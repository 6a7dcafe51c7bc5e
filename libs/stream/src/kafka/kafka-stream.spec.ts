import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateJournal, openJournal, SHARDS, spanOf, type RecordedEvent } from '@perennial/journal';
import {
  asNewEvent,
  deleteTopic,
  describeWithKafka,
  event,
  recorded,
  sharedKafka,
  subjectIdOf,
  testDatabase,
} from '@perennial/testing';
import { streamContract } from '../stream.contract.js';
import { EventPublisher } from './event.publisher.js';
import { kafkaClient } from './kafka.client.js';
import { kafkaConnection } from './kafka.connection.js';
import { KafkaSettings } from './kafka.settings.js';
import { KafkaStream, type KafkaStreamOptions } from './kafka-stream.js';
import { TopicReader } from './topic.reader.js';
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
      consumer: (group) =>
        new KafkaStream(kafka, new TopicReader(kafka, topic), { group: `${settings.kafkaPrefix}.${group}` }),
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

  /** A topic of its own, what is published to it, and one who reads it. */
  const reading = async (name: string, journal?: KafkaStreamOptions['journal']) => {
    const settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `${name}-${randomUUID()}` });
    const kafka = kafkaConnection((await sharedKafka()).url, settings);
    const topic = kafka.topic('events');
    const publish = async (events: readonly RecordedEvent[]) => {
      await kafka.prepare(['events']);
      const publisher = kafka.publisher();
      await publisher.connect();
      await publisher.publish(topic, events);
      await publisher.close();
    };
    const positions: number[] = [];
    const stream = new KafkaStream(kafka.client, kafka.reader('events'), {
      group: kafka.group(name),
      journal,
    });
    const join = () =>
      stream.join({
        gained: async (shards) => new Map(shards.map((shard) => [shard, positions.at(-1) ?? 0])),
        lost: async () => undefined,
      });
    const readTo = async (position: number, limit = 100) => {
      const signal = AbortSignal.timeout(30_000);
      while (positions.at(-1) !== position && !signal.aborted)
        for (const span of await stream.next(limit, signal))
          positions.push(...span.events.map((given) => given.position));
    };
    return { topic, stream, publish, positions, join, readTo, leave: () => stream.leave() };
  };
  /** All of one subject, so of one shard. */
  const views = (count: number) =>
    recorded(
      Array.from({ length: count }, (_, view) => event('page.viewed', 'user:1', { path: `/${view}` })),
    );

  it('reads on where it was in a topic that was deleted and made anew, though that has fewer records', async () => {
    const { topic, publish, positions, join, readTo, leave } = await reading('anew');
    const events = views(23);
    await publish(events.slice(0, 20));
    await join();
    await readTo(20);
    await deleteTopic(topic);
    await publish(events.slice(20));
    await readTo(23);
    await leave();
    expect(positions).toEqual(events.map(({ position }) => position));
  });

  it('gives events of another shard next where not all of one fit, and each shard in its sequence', async () => {
    const { stream, publish, join, leave } = await reading('turns');
    const of = (subject: string, count: number) =>
      recorded(Array.from({ length: count }, () => event('page.viewed', subject, { path: '/' })));
    const [one, other] = [of('user:1', 35), of('user:2', 25)];
    await join();
    // Two fetches, so that one shard has come in two pieces.
    await publish([...one.slice(0, 25), ...other]);
    await settled(() => stream.bytesWaiting);
    await publish(one.slice(25));
    await settled(() => stream.bytesWaiting);
    const given: { shard: number; positions: number[] }[] = [];
    while (given.reduce((sum, { positions }) => sum + positions.length, 0) < 60)
      for (const { shard, events } of await stream.next(10, AbortSignal.timeout(30_000)))
        given.push({ shard, positions: events.map(({ position }) => position) });
    await leave();
    const [first, second] = [one[0]!.shard, other[0]!.shard].sort((a) => (a === given[0]!.shard ? -1 : 1));
    expect(given.slice(0, 4).map(({ shard }) => shard)).toEqual([first, second, first, second]);
    for (const events of [one, other]) {
      const { shard } = events[0]!;
      const positions = given.filter((span) => span.shard === shard).flatMap((span) => span.positions);
      expect(positions).toEqual(events.map(({ position }) => position));
    }
  });

  it('reads in the journal what the topic does not give, and goes on with what it gives then', async () => {
    const events = views(30);
    const journal = journalOf(events.slice(0, 25));
    const { publish, positions, join, readTo, leave } = await reading('late', journal);
    await publish(events.slice(0, 20));
    await join();
    await readTo(20);
    // Nothing comes after them that would show that they are missing.
    await readTo(25, 2);
    await publish(events.slice(22));
    await readTo(30);
    await leave();
    expect(positions).toEqual(events.map(({ position }) => position));
  });
});

/** Resolves when a number that is more than nothing has stayed the same for a while. */
async function settled(read: () => number): Promise<void> {
  for (let [before, same] = [0, 0]; same < 10;) {
    await sleep(50);
    const now = read();
    same = now > 0 && now === before ? same + 1 : 0;
    before = now;
  }
}

/** The journal of one shard. */
const journalOf = (events: readonly RecordedEvent[]): NonNullable<KafkaStreamOptions['journal']> => {
  const { shard, position, eventId } = events.at(-1)!;
  return {
    heads: async () => [{ shard, position, eventId }],
    readShards: async (ranges, limit) =>
      ranges.flatMap(
        ({ after, upTo = position }) => spanOf(events.slice(after, Math.min(upTo, after + limit))) ?? [],
      ),
  };
};
