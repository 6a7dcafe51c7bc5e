import { setTimeout as sleep } from 'node:timers/promises';
import { spanFrom } from '@perennial/journal';
import type { Consumer, Kafka } from 'kafkajs';
import { KafkaStream, type KafkaStreamOptions } from './kafka-stream.js';
import { TopicReader } from './topic.reader.js';

type Listener = (event: { payload: Record<string, unknown> }) => void;

/** A group that gives shards as it is told, and a topic without records. */
class Group {
  private readonly listeners = new Map<string, Listener>();
  readonly kafka: Kafka;

  constructor() {
    const events = {
      CRASH: '',
      GROUP_JOIN: 'join',
      FETCH: '',
      HEARTBEAT: '',
      REQUEST: 'request',
      REBALANCING: 'rebalancing',
    };
    const nothing = async () => undefined;
    const consumer = {
      events,
      on: (name: string, listener: Listener) => this.listeners.set(name, listener),
      connect: nothing,
      subscribe: nothing,
      run: nothing,
      seek: () => undefined,
      disconnect: nothing,
      commitOffsets: nothing,
    };
    const cluster = {
      connect: nothing,
      disconnect: nothing,
      addTargetTopic: nothing,
      refreshMetadata: nothing,
      fetchTopicsOffset: async (topics: { partitions: { partition: number }[] }[]) =>
        topics.map(({ partitions }) => ({
          partitions: partitions.map(({ partition }) => ({ partition, offset: '0' })),
        })),
    };
    this.kafka = {
      consumer: () => consumer as unknown as Consumer,
      [Symbol('private:Kafka:createCluster')]: () => cluster,
    } as unknown as Kafka;
  }

  gives(...shards: number[]): void {
    this.listeners.get('join')?.({ payload: { memberAssignment: { topic: shards } } });
  }

  answers(apiName: string): void {
    this.listeners.get('request')?.({ payload: { apiName } });
  }

  isDividedAnew(): void {
    this.listeners.get('rebalancing')?.({ payload: {} });
  }
}

/** A member, what it was told, and how often being told of a loss is to fail. */
async function member(journal?: KafkaStreamOptions['journal']) {
  const group = new Group();
  const told: string[] = [];
  const fails = { times: 0 };
  const stream = new KafkaStream(group.kafka, new TopicReader(group.kafka, 'topic'), {
    group: 'group',
    lookEvery: 20,
    journal,
  });
  await stream.join({
    gained: async (shards) => {
      told.push(`gained ${shards.join()}`);
      return new Map(shards.map((shard) => [shard, 0]));
    },
    lost: async (shards) => {
      told.push(`lost ${shards.join()}`);
      if (fails.times-- > 0) throw new Error('the database is away');
    },
  });
  const until = async (line: string, times = 1) => {
    for (const end = Date.now() + 60_000; told.filter((one) => one === line).length < times;) {
      if (Date.now() > end) throw new Error(`not told: ${line} (${told.join('; ')})`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  group.gives(1, 2);
  await until('gained 1,2');
  return { group, stream, told, fails, until };
}

it('holds a shard that the group has given away until its loss was told', async () => {
  const { group, stream, told, fails, until } = await member();
  fails.times = 1;
  group.gives(1);
  await until('lost 2', 2);
  group.gives(1, 2);
  await until('gained 2');
  expect(told).toEqual(['gained 1,2', 'lost 2', 'lost 2', 'gained 2']);
  await stream.leave();
});

it('goes on with a shard that comes back before its loss could be told, as if nothing had been', async () => {
  const { group, stream, told, fails, until } = await member();
  fails.times = Infinity;
  group.gives(1);
  await until('lost 2');
  group.gives(1, 2, 3);
  await until('gained 3');
  fails.times = 0;
  await stream.leave();
  expect(told.filter((line) => line.startsWith('gained'))).toEqual(['gained 1,2', 'gained 3']);
  // All that it held is told when it leaves.
  expect(told.at(-1)).toBe('lost 1,2,3');
});

it('passes over a division that another has taken the place of', async () => {
  const { group, stream, told, until } = await member();
  group.gives(2);
  group.gives(1, 2, 3);
  await until('gained 3');
  await stream.leave();
  expect(told).toEqual(['gained 1,2', 'gained 3', 'lost 1,2,3']);
});

it('reads what the topic does not give in the journal only while the group counts it among its members', async () => {
  let asked = 0;
  const head = { shard: 1, position: 1, eventId: 'one' };
  const { group, stream } = await member({
    heads: async () => {
      asked++;
      return [head];
    },
    readShards: async () => [{ ...spanFrom({ ...head, previousId: null }), events: [] }],
  });
  const isAsked = async () => {
    const before = asked;
    await sleep(200);
    return asked > before;
  };
  // Of one that joins, or that others wait for, the shards may be somebody else's already.
  group.answers('JoinGroup');
  expect(await isAsked()).toBe(false);
  group.answers('Heartbeat');
  expect(await isAsked()).toBe(true);
  const given = () => stream.next(10, AbortSignal.timeout(20_000));
  // First it is told that its shards have changed.
  expect([await given(), await given()]).toMatchObject([[], [{ shard: 1, after: 0, position: 1 }]]);
  group.isDividedAnew();
  expect(await isAsked()).toBe(false);
  await stream.leave();
});
