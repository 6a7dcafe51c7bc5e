import { randomUUID } from 'node:crypto';
import { migrateJournal, openJournal, SHARDS, type Journal, type RecordedEvent } from '@perennial/journal';
import { kafkaConnection, KafkaSettings, KafkaStream, type KafkaConnection } from '@perennial/stream';
import {
  asNewEvent,
  deleteTopic,
  describeWithKafka,
  event,
  sendRecords,
  sharedKafka,
  subjectIdOf,
  testDatabase,
  type TestDatabase,
} from '@perennial/testing';
import { ReadModels } from '../read-models.js';
import { shop } from '../testing/shop.models.js';
import { verify } from './rebuild.js';
import { Runner } from './runner.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });

/** Whatever becomes of the topic: afterwards the read models are what the journal says, and it was told. */
describeWithKafka('a runner whose topic', () => {
  let database: TestDatabase;
  let journal: Journal;
  let kafka: KafkaConnection;
  let runner: Runner;
  const alarms: string[] = [];
  let appended = 0;

  beforeEach(async () => {
    alarms.length = 0;
    database = await testDatabase();
    await migrateJournal(database.url);
    journal = await openJournal(database.url);
    const settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `runner-${randomUUID()}` });
    kafka = kafkaConnection((await sharedKafka()).url, settings);
    await kafka.prepare(['events']);
    runner = new Runner({
      models: new ReadModels(shop),
      pool: database.pool,
      batches: database.batches,
      journal,
      stream: new KafkaStream(kafka.client, kafka.reader('events'), { group: kafka.group('shop') }),
      log: { info: () => undefined, warn: () => undefined, error: (message) => alarms.push(message) },
    });
    await runner.start();
  });
  afterEach(async () => {
    await runner.stop();
    await journal.close();
    await database.drop();
  });

  /** Appends orders; answers all events of the journal, each shard's in sequence. */
  const append = async (count: number): Promise<RecordedEvent[]> => {
    const events = Array.from({ length: count }, () => {
      const total = eur('10.00');
      const lines = [{ sku: 'lamp', quantity: 1, price: total }];
      return event('order.placed', `user:${appended % 20}`, { orderId: `O-${appended++}`, total, lines });
    });
    await journal.appendMany(
      events.map((given) => ({
        streamId: subjectIdOf(given.subject),
        expectedVersion: 'any' as const,
        events: [asNewEvent(given)],
      })),
    );
    const shards = Array.from({ length: SHARDS }, (_, shard) => journal.readShard(shard, 0, 10_000));
    return (await Promise.all(shards)).flat();
  };
  const publish = async (events: readonly RecordedEvent[]) => {
    const publisher = kafka.publisher();
    await publisher.connect();
    await publisher.publish(kafka.topic('events'), events);
    await publisher.close();
  };
  const expectExact = async () => {
    await runner.caughtUp(30_000);
    expect((await verify(runner.options)).filter(({ differences }) => differences > 0)).toEqual([]);
  };

  it('holds everything ten times counts nothing twice', async () => {
    const events = await append(60);
    await publish(Array.from({ length: 10 }, () => events).flat());
    await expectExact();
    await expectSoon(() => runner.counters.duplicates >= 9 * 60);
    expect(alarms).toEqual([]);
  });

  it('holds records in another sequence applies them in theirs, and raises an alarm', async () => {
    const events = await append(60);
    await publish([...events].reverse());
    await expectExact();
    expect(runner.counters.gaps).toBeGreaterThan(0);
    expect(alarms).toContain('a gap in the stream is filled from the journal');
  });

  it('has lost records reads them from the journal, and raises an alarm', async () => {
    const events = await append(60);
    await publish(events.filter(({ position }) => position !== 2));
    await expectExact();
    expect(runner.counters.gaps).toBeGreaterThan(0);
    expect(alarms).toContain('a gap in the stream is filled from the journal');
  });

  it('was deleted and filled again goes on, and counts nothing twice', async () => {
    await publish(await append(40));
    await expectExact();
    await deleteTopic(kafka.topic('events'));
    await kafka.prepare(['events']);
    await publish(await append(40));
    await expectExact();
  });

  it('holds records of somebody else passes over them', async () => {
    const events = await append(30);
    await sendRecords(kafka.topic('events'), [
      { value: 'not ours', partition: events[0]!.shard },
      { value: null, partition: events.at(-1)!.shard, headers: { position: 'x' } },
    ]);
    await publish(events);
    await expectExact();
  });
});

async function expectSoon(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}
