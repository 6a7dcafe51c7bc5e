import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresJournal, type RecordedEvent } from '@perennial/journal';
import { kafkaConnection, type KafkaConnection } from '@perennial/stream';
import { must, until, type Fault, type World } from '../fault.js';
import { cannotMount, fill } from './full.disk.js';
import { ordersPut } from './put.events.js';

const brokerOf = ({ system: { kafka } }: World) => {
  must(kafka !== undefined, 'the stream is no Kafka');
  return kafka;
};

async function withTopic(world: World, work: (kafka: KafkaConnection) => Promise<void>): Promise<void> {
  await work(kafkaConnection(brokerOf(world).url));
}

export const kafkaAway: Fault = {
  number: 3,
  name: 'kafka-away',
  title: 'Kafka is stopped, killed and hangs, and comes back each time',
  needs: 'kafka',
  async cause(world) {
    const { system, traffic, choices, history, seconds } = world;
    const broker = brokerOf(world);
    for (const how of ['stop', 'kill'] as const) {
      history.note(`Kafka: ${how}`);
      await broker[how]();
      // A start does not need Kafka: it is used when it is there.
      const services = ['collector', ...system.reading.slice(0, 1)] as const;
      const started = await Promise.all(services.map((service) => system.add(service)));
      await sleep(choices.integer(500, 4_000));
      await broker.restart();
      await traffic.flows(choices.integer(60, 180));
      for (const process of started) await system.remove(process);
    }
    history.note('Kafka: SIGSTOP');
    broker.pause();
    await sleep(seconds * 1_000);
    broker.continue();
    history.note('Kafka: SIGCONT');
  },
};

/** The newest events of the journal, as the relay gets them. */
async function newest({ system }: World, perShard: number): Promise<RecordedEvent[]> {
  const journal = new PostgresJournal(system.databaseUrl, { readers: 2 });
  try {
    const events: RecordedEvent[] = [];
    for (const { shard, position } of await journal.heads())
      events.push(...(await journal.readShard(shard, Math.max(0, position - perShard), perShard)));
    return events;
  } finally {
    await journal.close();
  }
}

export const publishedOften: Fault = {
  number: 7,
  name: 'published-often',
  title: 'another one publishes what the relay has published, ten times over',
  needs: 'kafka',
  async cause(world) {
    const { system, traffic } = world;
    const duplicates = async () => {
      const counts = await Promise.all(
        system.of('retention').map((each) => each.metric('perennial_read_models_duplicate_events_total')),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    };
    const before = await duplicates();
    await withTopic(world, async (kafka) => {
      const publisher = kafka.publisher();
      await publisher.connect();
      const events = await newest(world, 10);
      for (let time = 0; time < 10; time++) await publisher.publish(kafka.topic('events'), events);
      await publisher.close();
    });
    await traffic.flows(60);
    if (system.reading.includes('retention'))
      await until('duplicates are dropped and counted', async () => (await duplicates()) > before);
  },
};

export const recordsSwapped: Fault = {
  number: 8,
  name: 'records-swapped',
  title: 'records come in another sequence than their positions, and some never',
  needs: 'kafka',
  async cause(world) {
    const { system, traffic, choices } = world;
    // Without a relay, what is put into the journal reaches the topic as we like.
    for (const collector of system.of('collector')) await system.remove(collector);
    const before = new Map((await system.positions()).journal);
    await ordersPut(world, 120);
    const put = (await newest(world, 30)).filter(
      ({ shard, position }) => position > (before.get(shard) ?? 0),
    );
    // Each shard's last one is kept: what comes after it would be a gap that nothing shows.
    const swapped = put
      .filter(
        ({ shard, position }) =>
          choices.chance(0.8) || put.every((one) => one.shard !== shard || one.position <= position),
      )
      .map((event) => ({ event, at: choices.between(0, 1) }))
      .sort((a, b) => a.at - b.at)
      .map(({ event }) => event);
    await withTopic(world, async (kafka) => {
      const publisher = kafka.publisher();
      await publisher.connect();
      await publisher.publish(kafka.topic('events'), swapped);
      await publisher.close();
    });
    const gaps = async () => {
      const counts = await Promise.all(
        system.reading.flatMap((service) =>
          system.of(service).map((each) => each.metric('perennial_read_models_gaps_total')),
        ),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    };
    await until('gaps are filled from the journal, and counted', async () => (await gaps()) > 0);
    await system.restore('collector');
    await traffic.flows(120);
  },
};

/** As an operator does it. */
export async function deleteTopic(world: World): Promise<void> {
  await withTopic(world, async (kafka) => {
    const admin = kafka.client.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [kafka.topic('events')] });
    await admin.disconnect();
  });
  world.history.note('the topic is deleted');
}

export const topicGone: Fault = {
  number: 9,
  name: 'topic-gone',
  title: 'the retention of the topic is over for what was not read yet; then the topic is deleted',
  needs: 'kafka',
  async cause(world) {
    const { system, traffic, choices, history } = world;
    await withTopic(world, async (kafka) => {
      const topic = kafka.topic('events');
      const admin = kafka.client.admin();
      await admin.connect();
      const victim = choices.pick(system.of(choices.pick(system.reading)));
      victim.signal('SIGSTOP');
      await traffic.flows(240);
      const ends = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({
        topic,
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
      history.note('every record of the topic is deleted, as its retention would');
      victim.signal('SIGCONT');
      await traffic.flows(120);
      await admin.disconnect();
    });
    await deleteTopic(world);
    await traffic.flows(240, 60_000);
  },
};

/** How long a broker may go on with a disk that is full, in milliseconds. */
const NOTICES = 15_000;

export const kafkaDiskFull: Fault = {
  number: 15,
  name: 'kafka-disk-full',
  title: 'the disk of Kafka fills up; later there is room again, and the broker is started',
  needs: 'kafka',
  alone: { disk: { of: 'kafka', megabytes: 96 } },
  cannot: cannotMount,
  async cause(world) {
    const { system, traffic, history } = world;
    const broker = brokerOf(world);
    const filler = fill(join(system.folder, 'kafka'), 0);
    history.note('the disk of Kafka is full');
    const failures = traffic.failures;
    for (const end = Date.now() + NOTICES; broker.pid !== undefined && Date.now() < end;) await sleep(100);
    history.note(broker.pid === undefined ? 'Kafka has ended' : 'Kafka goes on, and stores nothing');
    // What publishers are told concerns the journal, which has room.
    await traffic.flows(120);
    must(traffic.failures === failures, 'publishers were refused, though the journal had room');
    must((await system.backlog()) > 0, 'something was stored on a disk that was full');
    rmSync(filler);
    history.note('there is room again');
    await broker.restart();
    history.note('Kafka is started again');
    await traffic.flows(60);
  },
};
