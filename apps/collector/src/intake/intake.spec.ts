import { JournalBusy, JournalUnavailable } from '@perennial/journal';
import { JOURNAL } from '@perennial/read-models';
import { serviceUnderTest } from '@perennial/testing';
import type { Journal } from '@perennial/journal';
import { jest } from '@jest/globals';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

let sequence = 0;
const event = (overrides: object = {}) => ({
  id: `i-${++sequence}`,
  source: '/shop',
  type: 'shipment.delivered',
  subject: `user:${sequence % 7}`,
  time: '2026-03-01T12:00:00Z',
  data: { shipmentId: 'S-1', orderId: 'O-1' },
  ...overrides,
});
const stored = async () =>
  (await service.pool.query<{ n: number }>('select count(*)::integer n from journal.event')).rows[0]?.n;

afterEach(() => jest.restoreAllMocks());
const journal = () => service.app.get<Journal>(JOURNAL);

describe('when events can not be committed', () => {
  it.each([
    ['the queue is full', new JournalBusy(), 'busy'],
    [
      'the database is away',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      'temporarily-unavailable',
    ],
    ['the journal is away', new JournalUnavailable("can't be reached"), 'temporarily-unavailable'],
    ['its connection breaks', new Error('Connection terminated unexpectedly'), 'temporarily-unavailable'],
    [
      'the disk is full',
      Object.assign(new Error('could not extend file'), { code: '53100' }),
      'temporarily-unavailable',
    ],
  ])(
    'because %s, nothing is acknowledged and the publisher is told when to come again',
    async (_, error, code) => {
      jest.spyOn(journal(), 'appendMany').mockRejectedValue(error);
      for (const path of ['/events', '/v1/track']) {
        const answer = await service.post(path, { ...event(), userId: '1', event: 'x' });
        expect(answer).toMatchObject({ status: 503, body: { code } });
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      }
    },
  );

  it('because the rejected ones can not be kept, the whole is sent again, and counted once', async () => {
    const events = [event(), event({ type: 'no.such.type' })];
    await service.pool.query('alter table collector.rejected rename to hidden');
    const answer = await service.post('/events', events);
    await service.pool.query('alter table collector.hidden rename to rejected');
    expect(answer.status).toBe(500);
    expect(await service.post('/events', events)).toMatchObject({
      status: 200,
      body: { accepted: 0, duplicates: 1, rejected: [{ index: 1 }] },
    });
  });

  it('because the database hangs, the publisher is told so in time, and what was sent is stored once', async () => {
    const one = event();
    const client = await service.pool.connect();
    try {
      await client.query('begin; lock table journal.event in exclusive mode');
      const asked = Date.now();
      const answer = await service.post('/events', one);
      expect(Date.now() - asked).toBeLessThan(40_000);
      expect(answer).toMatchObject({ status: 503, body: { code: 'temporarily-unavailable' } });
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect((await service.post('/events', one)).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
  });

  it('a retry after a lost answer is a duplicate', async () => {
    const append = journal().appendMany.bind(journal());
    const spy = jest.spyOn(journal(), 'appendMany').mockImplementationOnce(async (appends) => {
      await append(appends);
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
    const one = event();
    expect((await service.post('/events', one)).status).toBe(503);
    spy.mockRestore();
    expect((await service.post('/events', one)).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
  });
});

it('the events of one request go to the journal together, and each is answered for itself', async () => {
  const spy = jest.spyOn(journal(), 'appendMany');
  await service.post(
    '/events',
    Array.from({ length: 100 }, () => event()),
  );
  expect(spy).toHaveBeenCalledTimes(1);
  expect(spy.mock.calls[0]?.[0]).toHaveLength(100);
});

it('many publishers at once lose nothing and count nothing twice', async () => {
  const before = (await stored()) ?? 0;
  const batches = Array.from({ length: 20 }, () => Array.from({ length: 50 }, () => event()));
  const answers = await Promise.all(
    [...batches, ...batches].map((batch) =>
      service.post<{ accepted: number; duplicates: number }>('/events', batch),
    ),
  );
  const sum = (key: 'accepted' | 'duplicates') => answers.reduce((total, { body }) => total + body[key], 0);
  expect(sum('accepted')).toBe(1000);
  expect(sum('duplicates')).toBe(1000);
  expect(await stored()).toBe(before + 1000);
});
