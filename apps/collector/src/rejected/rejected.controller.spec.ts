import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

const API = '/api/collector/rejected';

interface Row {
  id: string;
  code: string;
  message: string;
  path: string;
  origin: string;
  source: string | null;
  reference: string | null;
  count: number;
  status: string;
  corrected: boolean;
  retriedEventId: string | null;
  dismissedReason: string | null;
  settledBy: string | null;
  body?: string | null;
}

let sequence = 0;
const delivered = (overrides: object = {}) => ({
  id: `d-${++sequence}`,
  source: '/shop',
  type: 'shipment.delivered',
  subject: 'user:42',
  time: '2026-03-01T12:00:00Z',
  data: { shipmentId: 'S-1', orderId: 'O-1' },
  ...overrides,
});

const list = async (query = '') =>
  (await service.get<{ items: Row[]; next: string | null }>(`${API}${query}`)).body;
const read = async (id: string) => (await service.get<Row>(`${API}/${id}`)).body;
/** Sends an event that is rejected, and answers its row. */
const rejected = async (event: object): Promise<Row> => {
  const { body } = await service.post<{ rejected: unknown[] }>('/events', event);
  expect(body.rejected).toHaveLength(1);
  return (await list('?limit=1')).items[0]!;
};
const inJournal = async (eventId: string | null | undefined) => {
  const { rows } = await service.pool.query<{ type: string }>(
    'select type from journal.event where event_id = $1',
    [eventId],
  );
  return rows;
};

describe('rejected events', () => {
  it('can be listed by what is wrong, a page at a time, the latest first', async () => {
    for (let i = 0; i < 3; i++) await rejected(delivered({ type: `no.such.type.${i}`, source: '/listed' }));
    const first = await list('?source=/listed&status=open&code=unknown-type&limit=2');
    expect(first.items.map(({ message }) => message)).toEqual([
      'no.such.type.2 is no type of the catalogue',
      'no.such.type.1 is no type of the catalogue',
    ]);
    expect(first.items[0]).not.toHaveProperty('body');
    const rest = await list(`?source=/listed&limit=2&after=${first.next}`);
    expect(rest.items.map(({ path }) => path)).toEqual(['type']);
    expect(rest.next).toBeNull();
    expect((await list('?source=/listed&code=invalid-time')).items).toEqual([]);
    expect((await service.get(`${API}?after=x`)).status).toBe(400);
  });

  it('can be read with what was sent, to the letter', async () => {
    const sent = `{"id":"raw",  "source":"/shop","type":"shipment.delivered","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"n":1e400}}`;
    await fetch(`${service.url}/events`, {
      method: 'POST',
      body: `[ ${sent} ]`,
      headers: { 'content-type': 'application/json' },
    });
    const [row] = (await list('?code=unsafe-value')).items;
    expect((await read(row!.id)).body).toBe(sent);
    expect((await service.get(`${API}/${crypto.randomUUID()}`)).status).toBe(404);
    expect((await service.get(`${API}/x`)).status).toBe(400);
  });

  it('can be corrected and retried', async () => {
    const event = delivered({ data: { shipmentId: 'S-1' } });
    const row = await rejected(event);
    const correction = { ...event, data: { shipmentId: 'S-1', orderId: 'O-1' } };
    const { status, body } = await service.post<{ eventId: string }>(`${API}/${row.id}/retry`, {
      event: correction,
    });
    expect(status).toBe(200);
    expect(await inJournal(body.eventId)).toEqual([{ type: 'shipment.delivered' }]);
    expect(await read(row.id)).toMatchObject({
      status: 'retried',
      corrected: true,
      retriedEventId: body.eventId,
      settledBy: 'local',
    });
    expect((await service.post(`${API}/${row.id}/retry`, {})).status).toBe(409);
  });

  it('stay as they were when a correction is wrong too', async () => {
    const row = await rejected(delivered({ type: 'no.such.type' }));
    const { status, body } = await service.post(`${API}/${row.id}/retry`, {
      event: delivered({ time: 'x' }),
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'invalid-time' });
    expect(await read(row.id)).toMatchObject({ status: 'open', code: 'unknown-type' });
  });

  it('that came too early are accepted by a retry of all, and the others stay', async () => {
    // As if an update had come since: the event was not acceptable then and is now.
    const early = await rejected(delivered({ dataversion: 2, source: '/early' }));
    expect(early.code).toBe('unknown-version');
    const still = await rejected(delivered({ dataversion: 3, source: '/early' }));
    const { id } = await filed({ origin: 'http', source: '/early', body: delivered({ source: '/early' }) });
    const { body } = await service.post(`${API}/retry`, { source: '/early' });
    expect(body).toEqual({ retried: 1, refused: 2 });
    expect(await read(id)).toMatchObject({ status: 'retried', corrected: false });
    expect(await inJournal((await read(id)).retriedEventId)).toHaveLength(1);
    expect(await read(still.id)).toMatchObject({ status: 'open', code: 'unknown-version' });
  });

  it('can be dismissed with a reason, and are not retried then', async () => {
    const event = delivered({ type: 'no.such.type' });
    const row = await rejected(event);
    expect((await service.post(`${API}/${row.id}/dismiss`, {})).status).toBe(400);
    const { body } = await service.post(`${API}/${row.id}/dismiss`, { reason: 'a test' });
    expect(body).toMatchObject({ status: 'dismissed', dismissedReason: 'a test' });
    expect((await service.post(`${API}/${row.id}/dismiss`, { reason: 'again' })).status).toBe(409);
    await service.post('/events', event);
    expect(await read(row.id)).toMatchObject({ status: 'dismissed', count: 2 });
  });

  it('can be dismissed with DELETE as well', async () => {
    const row = await rejected(delivered({ type: 'no.such.type' }));
    const answer = await fetch(`${service.url}${API}/${row.id}`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'a test' }),
    });
    expect(answer.status).toBe(200);
    expect(await read(row.id)).toMatchObject({ status: 'dismissed' });
  });

  it('are gone for good with their subject', async () => {
    const row = await rejected(delivered({ subject: 'user:forgotten', data: {} }));
    expect((await read(row.id)).body).toContain('user:forgotten');
    await service.platform.vault.erase([service.subjectIdOf('user:forgotten')]);
    expect((await read(row.id)).body).toBeNull();
    expect((await service.post(`${API}/${row.id}/retry`, {})).body).toMatchObject({ code: 'no-body' });
  });
});

const filed = async (overrides: object = {}) =>
  (
    await service.post<{ id: string }>(API, {
      origin: 'import',
      source: 'online-retail',
      reference: 'line 1234',
      code: 'stock-correction',
      message: 'quantity is below zero and the invoice is no cancellation',
      body: { InvoiceNo: '536589', Quantity: '-10' },
      ...overrides,
    })
  ).body;

describe('what the importer could not read', () => {
  it('is kept with its line, once, however often the file is imported', async () => {
    const { id } = await filed();
    expect(await filed()).toEqual({ id });
    expect((await filed({ reference: 'line 1235' })).id).not.toBe(id);
    expect(await read(id)).toMatchObject({
      origin: 'import',
      source: 'online-retail',
      reference: 'line 1234',
      code: 'stock-correction',
      count: 2,
      body: '{"InvoiceNo":"536589","Quantity":"-10"}',
    });
  });

  it('keeps its reason when a retry says another', async () => {
    const { id } = await filed({ reference: 'line 9', body: 'a,b,c' });
    await service.post(`${API}/retry`, { origin: 'import' });
    expect(await read(id)).toMatchObject({ status: 'open', code: 'stock-correction', body: 'a,b,c' });
  });

  it('becomes an event by a correction', async () => {
    const { id } = await filed({ reference: 'line 10' });
    expect((await service.post(`${API}/${id}/retry`, { event: delivered() })).status).toBe(200);
  });
});

describe('a call of a Segment library', () => {
  it('is retried as such, and is the same event then', async () => {
    await service.post('/v1/track', {
      userId: 'u-1',
      messageId: 'm-1',
      event: 'Order Completed',
      properties: { order_id: 'A', total: 'ten' },
    });
    const [row] = (await list('?origin=segment')).items;
    expect(row).toMatchObject({
      code: 'schema-violation',
      path: 'data.total.amount',
      source: '/segment/default',
    });
    const call = JSON.parse((await read(row!.id)).body ?? '') as { properties: object };
    const correction = { ...call, properties: { ...call.properties, total: 10 } };
    const { body } = await service.post<{ eventId: string }>(`${API}/${row!.id}/retry`, {
      event: correction,
    });
    expect(await inJournal(body.eventId)).toEqual([{ type: 'order.placed' }]);
    await service.post('/v1/track', correction);
    const { rows } = await service.pool.query(`select source from journal.event where id = 'm-1'`);
    expect(rows).toEqual([{ source: '/segment/default' }]);
  });
});

it('the status counts what is open', async () => {
  const { body } = await service.get<{ rejected: number }>('/api/operations/status');
  const { rows } = await service.pool.query(
    `select count(*)::integer n from collector.rejected where status = 'open'`,
  );
  expect(body.rejected).toBe(rows[0].n);
  expect(body.rejected).toBeGreaterThan(0);
});
