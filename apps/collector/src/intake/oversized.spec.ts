import { eventStoreServer, ServiceUnderTest } from '@perennial/testing';
import { JOURNAL } from '@perennial/read-models';
import type { Journal } from '@perennial/journal';
import { CollectorModule } from '../collector.module.js';
import type { Outcome } from './arrival.js';

const LIMIT = 64 * 1024;

let sequence = 0;
/** An event of one customer with so many bytes of personal data. */
const noted = (bytes: number) => ({
  id: `large-${++sequence}`,
  source: '/shop',
  type: 'activity.recorded',
  subject: 'user:1',
  time: '2026-03-01T12:00:00Z',
  data: { name: 'note', properties: { text: 'x'.repeat(bytes) } },
});

describe('where the journal takes less at once than the door', () => {
  let server: Awaited<ReturnType<typeof eventStoreServer>>;
  const service = new ServiceUnderTest([CollectorModule], {}, [], () => ({
    journalUrl: `esdb://127.0.0.1:${server.port}?tls=false`,
  }));
  beforeAll(async () => {
    server = await eventStoreServer({ maxAppendSize: LIMIT });
    await service.open();
  });
  afterAll(async () => {
    await service.close();
    await server.stop();
  });

  const publish = async (...events: object[]) => (await service.post<Outcome>('/events', events)).body;
  const recorded = async () =>
    (await service.app.get<Journal>(JOURNAL).heads()).reduce((sum, { position }) => sum + position, 0);

  it('an event that is too large is refused alone and kept, its neighbours are recorded', async () => {
    const [before, large] = [await recorded(), noted(LIMIT)];
    const events = [noted(100), noted(LIMIT / 2), large, noted(LIMIT / 2), noted(100)];
    const refusal = {
      index: 2,
      id: large.id,
      code: 'too-large',
      message: expect.stringContaining(`at most ${LIMIT} bytes of an event`),
    };
    expect(await publish(...events)).toEqual({ accepted: 4, duplicates: 0, rejected: [refusal] });
    expect(await recorded()).toBe(before + 4);
    expect(await publish(...events)).toEqual({ accepted: 0, duplicates: 4, rejected: [refusal] });
    const { rows } = await service.pool.query(
      `select count::integer, body is not null kept from collector.rejected where code = 'too-large'`,
    );
    expect(rows).toEqual([{ count: 2, kept: true }]);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(
      /perennial_collector_events_total\{outcome="accepted".*activity\.recorded"\} 4\n/,
    );
  });

  it('it is recorded by a retry after the operator let the journal take more', async () => {
    const [before, large] = [await recorded(), noted(LIMIT)];
    await publish(large);
    await server.stop();
    server = await eventStoreServer({ port: server.port, log: server.log });
    const retried = await service.post('/api/collector/rejected/retry', { code: 'too-large' });
    expect(retried).toMatchObject({ body: { retried: 2, refused: 0 } });
    expect(await recorded()).toBe(before + 2);
  });
});
