import { RunnerRegistry } from '@perennial/read-models';
import {
  describeWithKafka,
  kafkaStream,
  recordsOf,
  sendRecords,
  ServiceUnderTest,
  until,
} from '@perennial/testing';
import { services } from './services.js';

const structured = { 'content-type': 'application/cloudevents+json' };
const attributes = { specversion: '1.0', source: '/shop', time: '2026-03-01T12:00:00Z' };

const order = (number: number, subject: string) => ({
  ...attributes,
  id: `order-${number}`,
  type: 'order.placed',
  subject,
  data: {
    orderId: `A-${number}`,
    total: { amount: '10.50', currency: 'EUR' },
    lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.50', currency: 'EUR' } }],
  },
});
const link = {
  ...attributes,
  id: 'login',
  type: 'identity.linked',
  subject: 'anonymous:1',
  data: { other: 'user:1', evidence: 'login' },
};

describeWithKafka('all services on Kafka', () => {
  const service = new ServiceUnderTest(services, {}, [], kafkaStream);
  beforeAll(() => service.open());
  afterAll(() => service.close());

  const purchases = async () => {
    const { rows } = await service.pool.query(
      'select count(*)::integer customers, sum(orders)::integer orders, sum(revenue)::text revenue from retention.purchases',
    );
    return rows[0] as unknown;
  };
  const caughtUp = () => service.app.get(RunnerRegistry).caughtUp(60_000);

  it('count every order once, whether it came by HTTP, by Kafka or by both', async () => {
    const orders = Array.from({ length: 40 }, (_, number) => order(number, `user:${number % 10}`));
    await service.post('/events', orders.slice(0, 30));
    await sendRecords(
      service.platform.kafka!.topic('inbound'),
      orders.slice(20).map((one) => ({ headers: structured, value: JSON.stringify(one) })),
    );
    await until(
      async () => (await service.pool.query('select from journal.event')).rowCount! >= orders.length,
    );
    await caughtUp();
    expect(await purchases()).toEqual({ customers: 10, orders: 40, revenue: '420.00' });
  });

  it('know each other’s decisions from the topic, and tell them to other systems', async () => {
    await service.post('/events', [order(100, 'anonymous:1'), link]);
    await caughtUp();
    // The order of the anonymous visitor belongs to the customer that they turned out to be.
    expect(await purchases()).toEqual({ customers: 10, orders: 41, revenue: '430.50' });
    const decisions = await recordsOf(service.platform.kafka!.topic('decisions'));
    expect(decisions.map(({ headers }) => headers.ce_type)).toContain('customers.merged');
  });

  it('have the read models that the journal gives', async () => {
    const { body } = await service.post<string>('/api/operations/verify', {});
    const last = JSON.parse(body.trim().split('\n').at(-1) ?? '') as { result: { differences: number } };
    expect(last.result.differences).toBe(0);
  });
});
