import { until } from '@perennial/testing';
import { jest } from '@jest/globals';
import type { Consumer, Kafka } from 'kafkajs';
import { SupervisedConsumer, type SupervisedOptions } from './supervised.consumer.js';

/** Silence is told by a clock that goes only when it is told to: what a busy machine takes is none. */
const clock = { now: 0, looks: 0 };
beforeEach(() => {
  jest.spyOn(performance, 'now').mockImplementation(() => {
    clock.looks++;
    return clock.now;
  });
});
afterEach(() => jest.restoreAllMocks());

type Listener = (event: { payload: Record<string, unknown> }) => void;

/** kafkajs as it behaves at its worst. */
class Misbehaving {
  readonly listeners = new Map<string, Listener>();
  readonly calls: string[] = [];
  readonly events = {
    CRASH: 'crash',
    GROUP_JOIN: 'join',
    FETCH: 'fetch',
    HEARTBEAT: 'heartbeat',
    REQUEST: 'request',
    REBALANCING: 'rebalancing',
  };

  constructor(
    private readonly ending: 'never ends' | 'ends',
    private readonly connecting: 'connects' | 'fails' = 'connects',
  ) {}

  on(name: string, listener: Listener) {
    this.listeners.set(name, listener);
  }
  emit(name: string, payload: Record<string, unknown> = {}) {
    this.listeners.get(name)?.({ payload });
  }
  async connect() {
    this.calls.push('connect');
    if (this.connecting === 'fails') throw new Error('no broker answers');
  }
  async subscribe() {
    this.calls.push('subscribe');
  }
  async run() {
    this.calls.push('run');
    this.emit('join', { memberAssignment: { topic: [1, 2] } });
  }
  async disconnect() {
    this.calls.push('disconnect');
    if (this.ending === 'never ends') await new Promise(() => undefined);
  }
}

const supervise = (consumers: Misbehaving[], options: Partial<SupervisedOptions> = {}, answers = false) => {
  const given = [...consumers];
  const assigned: number[][] = [];
  const kafka = {
    consumer: () => given.shift() as unknown as Consumer,
    admin: () => ({
      connect: () => (answers ? Promise.resolve() : new Promise(() => undefined)),
      disconnect: () => Promise.resolve(),
    }),
  } as unknown as Kafka;
  const supervised = new SupervisedConsumer(kafka, {
    topic: 'topic',
    group: 'group',
    stalledAfter: 300,
    receive: async () => undefined,
    assigned: (partitions) => assigned.push(partitions),
    ...options,
  });
  supervised.start();
  return { supervised, assigned };
};

it('starts another when kafkajs gives no sign of life, even if the old one never ends', async () => {
  const [silent, lively] = [new Misbehaving('never ends'), new Misbehaving('ends')];
  const { supervised, assigned } = supervise([silent, lively]);
  await until(() => silent.calls.includes('run'));
  clock.now += 301;
  await until(() => lively.calls.includes('run'));
  expect(silent.calls).toContain('disconnect');
  expect(assigned).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(supervised.restarts).toBe(1);
  await supervised.stop();
});

it('leaves one alone that fetches, or that says it lives while a batch is handled', async () => {
  const busy = new Misbehaving('ends');
  const { supervised } = supervise([busy]);
  await until(() => busy.calls.includes('run'));
  for (const sign of [...Array<string>(5).fill('fetch'), ...Array<string>(5).fill('heartbeat')]) {
    clock.now += 200;
    busy.emit(sign);
    const { looks } = clock;
    await until(() => clock.looks > looks);
  }
  expect(supervised.restarts).toBe(0);
  await supervised.stop();
  expect(busy.calls).toEqual(['connect', 'subscribe', 'run', 'disconnect']);
});

it('starts another when kafkajs crashes, whatever kafkajs thinks of the error, and when no broker answers', async () => {
  const crashing = new Misbehaving('ends');
  const consumers = [crashing, new Misbehaving('ends', 'fails'), new Misbehaving('ends')];
  const { supervised } = supervise(consumers);
  await until(() => crashing.calls.includes('run'));
  crashing.emit('crash', { error: new Error('not retriable'), restart: false });
  await until(() => consumers[1]!.calls.includes('connect'));
  await until(() => supervised.problem === 'no broker answers');
  await until(() => consumers[2]!.calls.includes('run'));
  expect(supervised.problem).toBeUndefined();
  await supervised.stop();
});

describe('A member on whose connection nothing comes any more', () => {
  const patient = { stalledAfter: 60_000, silentAfter: 300 };
  const whose = async (lastAnswer: string, answers: boolean, options: Partial<SupervisedOptions> = {}) => {
    const silent = new Misbehaving('ends');
    const { supervised } = supervise([silent, new Misbehaving('ends')], { ...patient, ...options }, answers);
    await until(() => silent.calls.includes('run'));
    silent.emit('request', { apiName: lastAnswer });
    clock.now += 301;
    return supervised;
  };
  /** After as long as it takes to ask the broker and to wait for an answer of its own. */
  const restartsOf = async (supervised: SupervisedConsumer) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const { restarts } = supervised;
    await supervised.stop();
    return restarts;
  };

  it('begins anew where brokers answer others', async () => {
    const supervised = await whose('Heartbeat', true);
    await until(() => supervised.restarts > 0);
    await supervised.stop();
  });
  it('waits for a broker that answers nobody', async () =>
    expect(await restartsOf(await whose('Heartbeat', false))).toBe(0));
  it('waits while it joins: others may take their time', async () =>
    expect(await restartsOf(await whose('JoinGroup', true))).toBe(0));
});
