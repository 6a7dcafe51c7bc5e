import { asNewEvent, event, ReadModelsUnderTest, subjectIdOf, type GivenEvent } from '@perennial/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '@perennial/journal';
import type pg from 'pg';
import { shop } from '../testing/shop.models.js';
import { rebuild, verify } from './rebuild.js';

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (subject: string, orderId: string) =>
  event('order.placed', subject, {
    orderId,
    total: eur('10.00'),
    lines: ['lamp', 'pen'].map((sku) => ({ sku, quantity: 1, price: eur('5.00') })),
  });

type Send = (text: unknown) => unknown;

/** The pool, with a say in each statement of the connections that it gives. */
function pooled(pool: pg.Pool, say: (text: unknown, send: Send) => unknown): pg.Pool {
  const changed = Object.create(pool) as pg.Pool;
  changed.query = pool.query.bind(pool);
  changed.connect = (async () => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (...all: unknown[]) => unknown;
    const heard = Object.create(client) as typeof client;
    heard.query = ((text: unknown, ...more: unknown[]) =>
      say(text, (given) => query(given, ...more))) as typeof client.query;
    return heard;
  }) as typeof pool.connect;
  return changed;
}

/** Does something just before the transaction that switches tables: all are computed, and nothing holds still yet. */
const beforeSwitching = (pool: pg.Pool, work: () => Promise<void>) =>
  pooled(pool, (text, send) =>
    String(text).includes('pg_advisory_xact_lock(') ? work().then(() => send(text)) : send(text),
  );

/** A server that waits for a silent session not ten seconds, but so many. */
const withPatience = (pool: pg.Pool, seconds: number) =>
  pooled(pool, (text, send) =>
    send(typeof text === 'string' ? text.replaceAll("'10s'", `'${seconds}s'`) : text),
  );

describe('a rebuild', () => {
  const subject = new ReadModelsUnderTest(shop);
  beforeAll(() => subject.open());
  afterAll(() => subject.close());
  beforeEach(() => subject.reset());

  const play = (...order: GivenEvent[]) => subject.play({ order, batchSize: 10 });
  const differences = async () =>
    (await verify(subject.source)).filter((compared) => compared.differences > 0);

  it.each([[['subject']], [['subject', 'pair']], [['order']], [['pair']], [['subject', 'order']]])(
    'of %j beside facts that go on changing gives what they say at its end',
    async (names) => {
      await play(placed('user:ann', 'O-1'));
      const pool = beforeSwitching(subject.pool, () => play(placed('user:ann', 'O-2')));
      await rebuild({ ...subject.source, pool }, names);
      expect(await differences()).toEqual([]);
    },
  );

  /** In the journal, and not applied yet. */
  const waiting = async (...given: GivenEvent[]) => {
    for (const each of given)
      await subject.source.journal.append(subjectIdOf(each.subject), 'any', [asNewEvent(each)]);
  };

  it('that lives is not cut off, though it waits for the journal longer than the server waits for a session', async () => {
    await play(placed('user:ann', 'O-1'));
    const { journal } = subject.source;
    const slow = Object.create(journal) as Journal;
    let asked: Promise<unknown> | undefined;
    const late = () => (asked ??= sleep(7_000));
    slow.readShard = (...given) => late().then(() => journal.readShard(...given));
    slow.readShards = (...given) => late().then(() => journal.readShards(...given));
    await rebuild({ ...subject.source, journal: slow, pool: withPatience(subject.pool, 5) }, ['order']);
    expect(asked).toBeDefined();
    expect(await differences()).toEqual([]);
  });

  it('in a service that lags counts what waits once: when it is applied', async () => {
    const seen = (id: string) => event('page.viewed', 'user:ann', { path: '/lamp' }, { id });
    await play(seen('1'));
    await waiting(seen('2'), seen('3'));
    await rebuild(subject.source, ['busiest']);
    await play();
    expect(await subject.rows('busiest')).toMatchObject([{ path: '/lamp', views: 3 }]);
    expect(await differences()).toEqual([]);
  });

  it('is not what a service that lags is compared with: it is right as far as it goes', async () => {
    await play(placed('user:ann', 'O-1'));
    await waiting(placed('user:ann', 'O-2'), placed('user:bob', 'O-3'));
    expect(await differences()).toEqual([]);
  });
});
