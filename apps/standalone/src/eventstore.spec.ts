import { describeWithEventStore, eventStoreServer, ServiceUnderTest } from '@perennial/testing';
import { RunnerRegistry } from '@perennial/read-models';
import { services } from './services.js';

type Server = Awaited<ReturnType<typeof eventStoreServer>>;

const CUSTOMERS = 30;
const ORDERS = 4;

const orders = Array.from({ length: CUSTOMERS * ORDERS }, (_, n) => ({
  specversion: '1.0',
  id: `order-${n}`,
  source: '/shop',
  type: 'order.placed',
  subject: `user:${n % CUSTOMERS}`,
  time: new Date(Date.UTC(2026, 0, 1 + n)).toISOString(),
  data: {
    orderId: `A-${n}`,
    total: { amount: '10.50', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.50', currency: 'EUR' } }],
  },
}));

interface Taken {
  accepted: number;
  duplicates: number;
}

/** As a publisher does: the same again until it is taken. */
async function publish(service: ServiceUnderTest, events: readonly object[]): Promise<Taken> {
  for (;;) {
    const { status, body } = await service.post<Taken>('/events', events);
    if (status === 200) return body;
    expect(status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const batches = Array.from({ length: ORDERS * 3 }, (_, n) => orders.slice(n * 10, n * 10 + 10));

async function purchases({ pool }: ServiceUnderTest) {
  const { rows } = await pool.query(
    'select count(*)::integer customers, sum(orders)::integer orders, sum(revenue)::text revenue from retention.purchases',
  );
  return rows[0] as unknown;
}

async function differences(service: ServiceUnderTest): Promise<number> {
  const { body } = await service.post<string>('/api/operations/verify', {});
  const last = JSON.parse(body.trim().split('\n').at(-1) ?? '') as { result: { differences: number } };
  return last.result.differences;
}

const EXPECTED = { customers: CUSTOMERS, orders: CUSTOMERS * ORDERS, revenue: '1260.00' };

describe('all services with their journal in EventStoreDB', () => {
  let server: Server;
  const service = new ServiceUnderTest(services, {}, [], () => ({
    journalUrl: `esdb://127.0.0.1:${server.port}?tls=false`,
  }));
  beforeAll(async () => {
    server = await eventStoreServer();
    await service.open();
  });
  afterAll(async () => {
    await service.close();
    await server.stop();
  });

  it('count every order once, while connections break and the server is killed and started again', async () => {
    const publishing = Promise.all(batches.map((batch) => publish(service, batch)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    server.breakConnections();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.start();
    const taken = await publishing;
    expect(taken.reduce((sum, { accepted, duplicates }) => sum + accepted + duplicates, 0)).toBe(
      orders.length,
    );
    await service.app.get(RunnerRegistry).caughtUp();
    expect(await purchases(service)).toEqual(EXPECTED);
    expect(await differences(service)).toBe(0);
  });

  it('know what was sent before', async () => {
    const again = await Promise.all(batches.map((batch) => publish(service, batch)));
    expect(again).toEqual(batches.map(({ length }) => ({ accepted: 0, duplicates: length, rejected: [] })));
    expect(await purchases(service)).toEqual(EXPECTED);
  });

  it('keep nothing of the journal in the database', async () => {
    const { rows } = await service.pool.query(`select 1 from pg_namespace where nspname = 'journal'`);
    expect(rows).toEqual([]);
    const { body } = await service.get<{ events: number }>('/api/operations/status');
    expect(body.events).toBeGreaterThanOrEqual(orders.length);
  });

  it('say in their health that the journal is away, and are well again when it is back', async () => {
    await server.stop();
    const ill = await service.get<{ status: string }>('/health/ready');
    expect(ill.status).toBe(503);
    await server.start();
    for (const end = Date.now() + 60_000; ;) {
      const { status } = await service.get('/health/ready');
      if (status === 200) break;
      if (Date.now() > end) throw new Error('not ready within a minute');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await publish(service, [
      { ...orders[0], id: 'order-last', data: { ...orders[0]!.data, orderId: 'A-last' } },
    ]);
    await service.app.get(RunnerRegistry).caughtUp();
    expect(await purchases(service)).toMatchObject({ orders: orders.length + 1 });
  });
});

describeWithEventStore('on a real EventStoreDB', (store) => {
  const service = new ServiceUnderTest(services, {}, [], () => ({ journalUrl: store().url }));
  beforeAll(() => service.open());
  afterAll(() => service.close());

  it('all services count every order once', async () => {
    await Promise.all(batches.map((batch) => publish(service, batch)));
    await service.app.get(RunnerRegistry).caughtUp();
    expect(await purchases(service)).toEqual(EXPECTED);
    expect(await differences(service)).toBe(0);
  });
});
