import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { Service } from '@perennial/service';
import { event, ServiceUnderTest, serviceUnderTest } from '@perennial/testing';
import { shop } from '../testing/shop.models.js';
import type { Status } from './operations.js';
import { ReadModelsModule } from './read-models.module.js';

@Service({ name: 'shop', description: 'A shop.' })
@Module({ imports: [ReadModelsModule.of(shop)] })
class ShopModule {}

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const placed = (subject: string, orderId: string) =>
  event('order.placed', subject, {
    orderId,
    total: eur('10.00'),
    lines: ['lamp', 'pen'].map((sku) => ({ sku, quantity: 1, price: eur('5.00') })),
  });

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a service that stops', () => {
  const service = new ServiceUnderTest([ShopModule]);
  beforeAll(() => service.open());
  afterAll(() => service.close());

  it('leaves its shards to others before a client has sent what it began to send', async () => {
    const { hostname, port } = new URL(service.url);
    const client = connect(Number(port), hostname);
    client.on('error', () => undefined);
    client.write(
      'POST /api/operations/verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    );
    await once(client, 'ready');
    const members = async () => (await service.pool.query('select from stream.member')).rowCount;
    expect(await members()).toBe(1);
    const closed = service.app.close();
    while ((await members()) !== 0) await sleep(10);
    expect(await Promise.race([closed, sleep(100, 'open')])).toBe('open');
    client.destroy();
    await closed;
  });
});

describe('operations', () => {
  const service = serviceUnderTest(ShopModule);

  it('tell how many events, customers and rows there are, and how far behind they lag', async () => {
    await service.given(placed('user:ann', 'O-1'), placed('user:bob', 'O-2'));
    const { body } = await service.get<Status>('/api/operations/status');
    expect(body).toMatchObject({ events: 2, customers: 2, rejected: 0, unapplied: 0, problems: {} });
    expect((await service.get<Status>('/api/operations/status?maxAge=3600')).body).toEqual(body);
    expect(body.readModels).toContainEqual({
      name: 'shop.purchases',
      kind: 'derived',
      rows: 2,
      lag: 0,
      updatedAt: expect.stringMatching(/Z$/) as unknown,
    });
  });

  it('count what was applied, and the lag, for Prometheus', async () => {
    await service.given(placed('user:ann', 'O-1'));
    const { body } = await service.get<string>('/metrics');
    expect(body).toMatch(/perennial_read_models_applied_events_total\{service="shop"\} [1-9]/);
    expect(body).toContain('perennial_read_models_lag_events{service="shop"} 0');
  });

  it('find the customer of a subject', async () => {
    await service.given(placed('user:ann', 'O-1'));
    const { body } = await service.get('/api/operations/subjects?subject=user:ann');
    expect(body).toEqual({
      subjectId: service.subjectIdOf('user:ann'),
      customerId: service.subjectIdOf('user:ann'),
    });
    expect((await service.get('/api/operations/subjects?subject=user:nobody')).status).toBe(404);
  });

  it('wrap keys anew that a former master key wrapped', async () => {
    await service.given(placed('user:ann', 'O-1'));
    const { status, body } = await service.post('/api/operations/rekey', {});
    expect({ status, body }).toEqual({ status: 200, body: { rewrapped: 0 } });
  });

  it('verify read models against the journal, and find a difference put in by hand', async () => {
    const clean = await service.post<string>('/api/operations/verify', {});
    expect(linesOf(clean.body).at(-1)).toMatchObject({ result: { differences: 0 } });
    await service.pool.query('update shop_tables.purchases set orders = orders + 1');
    const broken = await service.post<string>('/api/operations/verify', { names: ['purchases'] });
    expect(linesOf(broken.body).at(-1)).toMatchObject({
      result: { readModels: [{ name: 'shop.purchases', examples: expect.any(Array) as unknown }] },
    });
    const rebuilt = await service.post<string>('/api/operations/rebuild', { name: 'purchases' });
    expect(linesOf(rebuilt.body).at(-1)).toEqual({ result: { readModels: ['shop.purchases'] } });
    const again = await service.post<string>('/api/operations/verify', { names: ['shop.purchases'] });
    expect(linesOf(again.body).at(-1)).toMatchObject({ result: { differences: 0 } });
  });

  it('rebuild all of a service by its name', async () => {
    await service.given(placed('user:ann', 'O-1'));
    const { body } = await service.post<string>('/api/operations/rebuild', { name: 'shop' });
    expect((linesOf(body).at(-1) as { result: { readModels: string[] } }).result.readModels).toContain(
      'shop.subject',
    );
    await service.given(placed('user:ann', 'O-7'));
    const verified = await service.post<string>('/api/operations/verify', { names: ['shop'] });
    expect(linesOf(verified.body).at(-1)).toMatchObject({ result: { differences: 0 } });
  });

  it('say which read models there are when one is not found', async () => {
    const { status, body } = await service.post<{ detail: string }>('/api/operations/rebuild', {
      name: 'nonsense',
    });
    expect(status).toBe(404);
    expect(body.detail).toContain('shop.purchases');
  });

  it('let analysts read the views, every column commented, and nothing else', async () => {
    await service.pool.query(
      'set role perennial_analyst; select * from shop.purchases; select * from shop.top_pages; select * from shop.freshness; reset role',
    );
    await expect(
      service.pool.query('begin; set local role perennial_analyst; select * from shop_tables.purchases'),
    ).rejects.toThrow(/permission denied/);
    await service.pool.query('rollback');
    const { rows } = await service.pool.query<{ column: string }>(
      `select c.table_name || '.' || c.column_name as column from information_schema.columns c
        where c.table_schema = 'shop' and col_description(format('%I.%I', c.table_schema, c.table_name)::regclass, c.ordinal_position) is null`,
    );
    expect(rows).toEqual([]);
  });
});
