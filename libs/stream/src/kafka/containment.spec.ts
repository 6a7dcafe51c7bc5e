import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { SHARDS, type RecordedEvent } from '@perennial/journal';
import {
  describeWithKafka,
  describeWithOwnKafka,
  event,
  recorded,
  sharedKafka,
  startKafkaBroker,
  type KafkaBroker,
} from '@perennial/testing';
import { kafkaConnection, type KafkaConnection } from './kafka.connection.js';
import { KafkaSettings } from './kafka.settings.js';
import { KafkaStream, type KafkaStreamOptions } from './kafka-stream.js';

const connection = async (url: string): Promise<KafkaConnection> => {
  const kafka = kafkaConnection(
    url,
    Object.assign(new KafkaSettings(), { kafkaPrefix: `contained-${randomUUID()}` }),
  );
  await kafka.prepare(['events']);
  return kafka;
};
const publish = async (kafka: KafkaConnection, events: readonly RecordedEvent[]) => {
  const publisher = kafka.publisher();
  await publisher.connect();
  await publisher.publish(kafka.topic('events'), events);
  await publisher.close();
};
const views = (count: number, padding = '') =>
  recorded(
    Array.from({ length: count }, (_, index) =>
      event('page.viewed', `user:${index % 300}`, { path: `/${index}${padding}` }),
    ),
  );
const streamOf = (kafka: KafkaConnection, options: Partial<KafkaStreamOptions> = {}) =>
  new KafkaStream(kafka.client, kafka.reader('events'), {
    group: kafka.group('contained'),
    ...options,
  });
/** A member that goes on after these positions. */
const after = (positions: ReadonlyMap<number, number>) => ({
  gained: async (shards: readonly number[]) =>
    new Map(shards.map((shard) => [shard, positions.get(shard) ?? 0])),
  lost: async () => undefined,
});
const fromTheBeginning = () => after(new Map());
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Reads until so many events have come, each shard's in sequence and each once. */
async function expectAll(
  stream: KafkaStream,
  count: number,
  last = new Map<number, number>(),
): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (let read = 0; read < count && !signal.aborted;)
    for (const { shard, after, position, events } of await stream.next(1_000, signal)) {
      expect(after).toBe(last.get(shard) ?? 0);
      expect(events).toHaveLength(position - after);
      last.set(shard, position);
      read += events.length;
    }
  expect(signal.aborted).toBe(false);
}

describeWithKafka('kafkajs, contained,', () => {
  it('sleeps while nothing comes, instead of waking every millisecond', async () => {
    const kafka = await connection((await sharedKafka()).url);
    const streams = [streamOf(kafka), streamOf(kafka, { group: kafka.group('another') })];
    const shards = new Set<number>();
    for (const stream of streams)
      await stream.join({
        ...fromTheBeginning(),
        gained: async (gained) => {
          gained.forEach((shard) => shards.add(shard));
          return new Map(gained.map((shard) => [shard, 0]));
        },
      });
    while (shards.size < SHARDS) await sleep(50);
    await sleep(2_000);
    const [before, began] = [process.resourceUsage().voluntaryContextSwitches, performance.now()];
    await sleep(5_000);
    const seconds = (performance.now() - began) / 1_000;
    const wakes = (process.resourceUsage().voluntaryContextSwitches - before) / seconds / streams.length;
    await Promise.all(streams.map((stream) => stream.leave()));
    // How much of a core that is depends on who else uses it; kafkajs by itself wakes a thousand times a second.
    expect(wakes).toBeLessThan(150);
  });

  it('stays a member of its group though the clock is set back', async () => {
    const kafka = await connection((await sharedKafka()).url);
    const admin = kafka.client.admin();
    await admin.connect();
    const isMember = async () => {
      const { groups } = await admin.describeGroups([kafka.group('contained')]);
      return groups[0]?.members.length === 1;
    };
    const sessionTimeout = 1_500;
    const stream = streamOf(kafka, { sessionTimeout });
    await stream.join(fromTheBeginning());
    while (!(await isMember())) await sleep(50);
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    await sleep(2 * sessionTimeout);
    // One that a busy machine kept from saying that it lives comes again.
    for (let looks = 0; !(await isMember()) && looks < 100; looks++) await sleep(50);
    const isStillMember = await isMember();
    await stream.leave();
    await admin.disconnect();
    clock.mockRestore();
    expect(isStillMember).toBe(true);
  });

  it('fetches no more than fits into the memory that it is given, until there is room', async () => {
    const kafka = await connection((await sharedKafka()).url);
    const events = views(12_000, 'x'.repeat(1_000));
    await publish(kafka, events);
    const bufferBytes = 1024 * 1024;
    const stream = streamOf(kafka, { bufferBytes });
    await stream.join(fromTheBeginning());
    while (stream.bytesWaiting < bufferBytes) await sleep(20);
    // Longer than a session: a member that waits has to say that it lives.
    await sleep(7_000);
    expect(stream.bytesWaiting).toBeLessThan(bufferBytes + 6 * 1024 * 1024);
    expect(stream.restarts).toBe(0);
    await expectAll(stream, events.length);
    await stream.leave();
  });
});

/** The connections that this process opens, which can be cut off without either end being told. */
function connections() {
  const sockets: Socket[] = [];
  const dead: Socket[] = [];
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', note);
  return {
    cutOff: () => {
      for (const socket of sockets.splice(0)) {
        socket.removeAllListeners('data').removeAllListeners('end').resume();
        socket.write = () => true;
        dead.push(socket);
      }
      unsubscribe('net.client.socket', note);
    },
    /** Now kafkajs learns of it, and waits for no answer any more. */
    end: () => dead.forEach((socket) => socket.on('error', () => undefined).destroy(new Error('cut off'))),
  };
}

describeWithOwnKafka('a stream whose Kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-stream-'));
  let broker: KafkaBroker;
  let kafka: KafkaConnection;
  beforeAll(async () => {
    broker = await startKafkaBroker({ folder });
    kafka = await connection(broker.url);
  });
  afterAll(async () => {
    await broker.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** How long what is given up may take, and how long it takes at least where somebody waits for it, in milliseconds. */
  const [SOON, LATE] = [20_000, 60_000];

  it('is killed, and paused, goes on when it returns: nobody waits until a session ends', async () => {
    const events = views(300);
    await publish(kafka, events.slice(0, 100));
    const stream = streamOf(kafka, { sessionTimeout: LATE });
    const last = new Map<number, number>();
    await stream.join(after(last));
    await expectAll(stream, 100, last);
    await broker.kill();
    await sleep(3_000);
    await broker.restart();
    await publish(kafka, events.slice(100, 200));
    let returned = Date.now();
    await expectAll(stream, 100, last);
    expect(Date.now() - returned).toBeLessThan(SOON);
    broker.pause();
    await sleep(8_000);
    broker.continue();
    returned = Date.now();
    await publish(kafka, events.slice(200));
    await expectAll(stream, 100, last);
    expect(Date.now() - returned).toBeLessThan(SOON);
    await stream.leave();
  });

  it('is cut off without a word, while it answers others, goes on soon', async () => {
    const ours = connections();
    const own = await connection(broker.url);
    const events = views(200);
    await publish(own, events.slice(0, 100));
    const stream = streamOf(own, { stalledAfter: LATE });
    const last = new Map<number, number>();
    await stream.join(after(last));
    await expectAll(stream, 100, last);
    ours.cutOff();
    const cut = Date.now();
    await publish(own, events.slice(100));
    await expectAll(stream, 100, last);
    expect(Date.now() - cut).toBeLessThan(SOON);
    expect(stream.restarts).toBe(1);
    ours.end();
    await stream.leave();
  });

  it('is cut off without a word, while it answers others, stores what is sent on, once, soon', async () => {
    const ours = connections();
    const own = await connection(broker.url);
    await own.prepare(['rejected']);
    const topic = own.topic('rejected');
    const producer = own.producer();
    const send = (value: string) => producer.send(topic, [{ key: 'one', value }]);
    await send('before');
    ours.cutOff();
    const cut = Date.now();
    await Promise.all([send('while it is cut off'), send('at the same time')]);
    expect(Date.now() - cut).toBeLessThan(SOON);
    const reader = own.reader('rejected');
    const stored = [...(await reader.bounds([0, 1, 2, 3])).values()];
    expect(stored.reduce((sum, { low, high }) => sum + high - low, 0)).toBe(3);
    ours.end();
    await reader.close();
    await producer.close();
  });
});
