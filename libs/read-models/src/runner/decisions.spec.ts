import type { Journal } from '@perennial/journal';
import { PostgresStream, prepareStream } from '@perennial/stream';
import { asNewEvent, event, ReadModelsUnderTest, subjectIdOf, until } from '@perennial/testing';
import type { ProjectedEvent } from '../event.js';
import type { Policy } from '../policies/policy.js';
import { shop } from '../testing/shop.models.js';
import { verify } from './rebuild.js';
import { Runner } from './runner.js';

/** Whatever is ordered is cancelled. */
const refusal: Policy = {
  name: 'refusal',
  on: ['order.placed'],
  decide: async (events) =>
    (events as ProjectedEvent<'order.placed'>[]).map(({ subjectId, data: { orderId }, time, eventId }) => ({
      type: 'order.cancelled',
      streamId: subjectId,
      subject: 'user:anybody',
      time,
      data: { orderId },
      cause: eventId,
    })),
};

const placed = (orderId: string) =>
  event('order.placed', `user:${orderId}`, {
    orderId,
    total: { amount: '10.00', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.00', currency: 'EUR' } }],
  });

describe('what a runner decides', () => {
  const underTest = new ReadModelsUnderTest({ ...shop, policies: [refusal] });
  const started: Runner[] = [];
  beforeAll(async () => {
    await underTest.open();
    await prepareStream(underTest.pool);
  });
  beforeEach(() => underTest.reset());
  afterEach(async () => {
    for (const runner of started.splice(0)) await runner.stop();
  });
  afterAll(() => underTest.close());

  /** Starts on twenty orders with a journal that appends decisions in this way. */
  const start = async (batchSize: number, appendMany: (inner: Journal) => Journal['appendMany']) => {
    const { source, pool } = underTest;
    for (let order = 0; order < 20; order++)
      await source.journal.append(subjectIdOf(`user:O-${order}`), 'any', [asNewEvent(placed(`O-${order}`))]);
    const journal = Object.create(source.journal) as Journal;
    journal.appendMany = appendMany(source.journal);
    const stream = new PostgresStream(journal, pool, { group: 'shop', heartbeat: 100, expiry: 600 });
    const runner = new Runner({ ...source, journal, stream, batchSize, rebuildFrom: Infinity });
    started.push(runner);
    await runner.start();
    return runner;
  };
  const cancelled = async () =>
    (await underTest.rows('order')).filter((order) => order.cancelled_at !== null).length;

  /** A journal that takes decisions when it is told to. */
  const held = () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const appendMany =
      (inner: Journal): Journal['appendMany'] =>
      async (appends) => {
        await promise;
        return inner.appendMany(appends);
      };
    return { appendMany, letGo: () => resolve(undefined) };
  };

  it('is sent on while the next batch is written', async () => {
    const { appendMany, letGo } = held();
    const runner = await start(10, appendMany);
    await until(() => runner.counters.applied === 20);
    expect(await cancelled()).toBe(0);
    letGo();
    await runner.caughtUp();
    expect(await cancelled()).toBe(20);
    expect((await verify(underTest.source)).filter(({ differences }) => differences > 0)).toEqual([]);
  });

  it('is awaited by whoever wants all of it, also after the last batch', async () => {
    const { appendMany, letGo } = held();
    const runner = await start(100, appendMany);
    await until(() => runner.counters.decisions === 20);
    await expect(runner.caughtUp(300)).rejects.toThrow('has not caught up');
    letGo();
    await runner.caughtUp();
    expect(await cancelled()).toBe(20);
  });

  it('is sent on again where the journal has failed to take it, and no more than once', async () => {
    let failures = 3;
    const runner = await start(10, (inner) => async (appends) => {
      const results = await inner.appendMany(appends);
      // Taken, but nobody was told.
      if (failures-- > 0) throw new Error('the journal is away');
      return results;
    });
    await until(async () => (await cancelled()) === 20);
    await runner.caughtUp();
    const heads = await underTest.source.journal.heads();
    expect(heads.reduce((sum, { position }) => sum + position, 0)).toBe(40);
  });
});
