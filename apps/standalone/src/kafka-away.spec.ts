import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunnerRegistry, type Status } from '@perennial/read-models';
import {
  describeWithOwnKafka,
  ServiceUnderTest,
  startKafkaBroker,
  type KafkaBroker,
  until,
} from '@perennial/testing';
import { services } from './services.js';

const order = {
  specversion: '1.0',
  source: '/shop',
  id: 'order-1',
  type: 'order.placed',
  subject: 'user:1',
  time: '2026-03-01T12:00:00Z',
  data: {
    orderId: 'A-1',
    total: { amount: '10.50', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.50', currency: 'EUR' } }],
  },
};

describeWithOwnKafka('services that are started while Kafka is away', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-kafka-'));
  let broker: KafkaBroker;
  const service = new ServiceUnderTest(services, {}, [], () => ({ streamUrl: broker.url }));
  beforeAll(async () => {
    broker = await startKafkaBroker({ folder });
    await broker.stop();
    await service.open();
  }, 120_000);
  afterAll(async () => {
    await service.close();
    await broker.stop();
    rmSync(folder, { recursive: true });
  });

  const ready = () => service.get<{ status: string; checks: Record<string, string> }>('/health/ready');
  const problems = async () => (await service.get<Status>('/api/operations/status')).body.problems;

  it('take events in, say what they lack, and go on by themselves when it is there', async () => {
    expect((await service.post('/events', [order])).status).toBe(200);
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body.checks).toMatchObject({ journal: 'up', 'stream of retention': 'down' });
    await until(async () => Object.keys(await problems()).length === 6);
    const told = await problems();
    expect(Object.keys(told).sort()).toEqual([
      'acquisition',
      'inbound',
      'interactions',
      'recommendations',
      'relay',
      'retention',
    ]);
    for (const problem of Object.values(told))
      expect(problem).toMatch(/^Kafka can't be reached at 127\.0\.0\.1/);

    await broker.restart();
    await until(async () => (await ready()).status === 200);
    await service.app.get(RunnerRegistry).caughtUp(60_000);
    const { rows } = await service.pool.query('select orders::integer from retention.purchases');
    expect(rows).toEqual([{ orders: 1 }]);
    // Inbound is another member, and may come into its group later than the services.
    await until(async () => Object.keys(await problems()).length === 0);
    expect(await problems()).toEqual({});
  }, 120_000);

  it('answer what they have, and say what they lack, when it goes away later', async () => {
    await broker.stop();
    await until(async () => (await problems()).retention !== undefined);
    expect((await ready()).status).toBe(200);
    await broker.restart();
    await until(async () => Object.keys(await problems()).length === 0);
  }, 120_000);
});
