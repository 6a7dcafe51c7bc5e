import { issueToken, type Role } from '@perennial/service';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const secret = 'a-secret-of-at-least-thirty-two-characters';
const service = serviceUnderTest(CollectorModule, { TOKEN_SECRET: secret });

const as = async (role: Role) => ({
  authorization: `Bearer ${await issueToken(secret, { name: 'ann', roles: [role] }, { expires: '1h' })}`,
});
interface Created {
  id: string;
  name: string;
  writeKey: string;
}
const create = async (name: string) =>
  service.post<Created>('/api/collector/sources', { name }, await as('operator'));

let sequence = 0;
const event = () => ({
  id: `s-${++sequence}`,
  source: '/shop',
  type: 'shipment.delivered',
  subject: 'user:42',
  time: '2026-03-01T12:00:00Z',
  data: { shipmentId: 'S-1', orderId: 'O-1' },
});
const accepted = { status: 200, body: { accepted: 1 } };

describe('a source', () => {
  it('gets a write key, which is shown once and kept as a hash', async () => {
    const { status, body } = await create('web-shop');
    expect(status).toBe(201);
    expect(body.writeKey).toMatch(/^wk_[\w-]{32}$/);
    const list = await service.get<object[]>('/api/collector/sources', await as('operator'));
    expect(list.body).toContainEqual(expect.objectContaining({ name: 'web-shop', disabledAt: null }));
    expect(JSON.stringify(list.body)).not.toContain(body.writeKey);
    const { rows } = await service.pool.query<{ row: string }>(
      'select s::text as row from collector.source s',
    );
    expect(rows.map(({ row }) => row).join()).not.toContain(body.writeKey);
  });

  it('has a name of its own, of plain letters', async () => {
    await create('twice');
    expect(await create('twice')).toMatchObject({ status: 409, body: { code: 'source-exists' } });
    expect((await create('Ann Lee')).status).toBe(400);
  });

  it('can be disabled: its key opens nothing any more', async () => {
    const { body } = await create('gone');
    const headers = { authorization: `Bearer ${body.writeKey}` };
    expect(await service.post('/events', event(), headers)).toMatchObject(accepted);
    const path = `/api/collector/sources/${body.id}/disable`;
    const disabled = await service.post<{ disabledAt: string }>(path, {}, await as('operator'));
    expect(disabled.body.disabledAt).toEqual(expect.any(String));
    expect((await service.post('/events', event(), headers)).status).toBe(401);
    expect((await service.post<{ disabledAt: string }>(path, {}, await as('operator'))).body).toEqual(
      disabled.body,
    );
    const nobody = `/api/collector/sources/${crypto.randomUUID()}/disable`;
    expect((await service.post(nobody, {}, await as('operator'))).status).toBe(404);
  });
});

describe('who may publish', () => {
  let writeKey: string;
  beforeAll(async () => {
    ({ writeKey } = (await create('publisher')).body);
  });
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

  it('shows the write key, by whatever way the publisher knows', async () => {
    const call = () => ({ userId: '42', event: 'x', messageId: `k-${++sequence}` });
    expect(await service.post('/events', event(), { authorization: `Bearer ${writeKey}` })).toMatchObject(
      accepted,
    );
    expect(await service.post('/events', event(), basic(`${writeKey}:`))).toMatchObject(accepted);
    expect(await service.post(`/events?access_token=${writeKey}`, event())).toMatchObject(accepted);
    expect(await service.post('/events', event(), { 'x-write-key': `id:${writeKey}` })).toMatchObject(
      accepted,
    );
    expect((await service.post('/v1/track', { ...call(), writeKey })).status).toBe(200);
    expect((await service.post('/v1/batch', { batch: [call()], writeKey })).status).toBe(200);
    expect((await service.post('/v1/track', call(), { 'x-write-key': writeKey })).status).toBe(200);
  });

  it('does not get in without, nor with a wrong one', async () => {
    expect((await service.post('/events', event())).status).toBe(401);
    expect((await service.post('/events', event(), { authorization: 'Bearer wk_wrong' })).status).toBe(401);
    expect((await service.post('/events', { ...event(), writeKey })).status).toBe(401);
    const answer = await service.post<object>('/v1/track', { userId: '1', event: 'x', writeKey: 'wk_wrong' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.body).toHaveProperty('message');
  });

  it('may not see what was rejected, nor make keys', async () => {
    const headers = { authorization: `Bearer ${writeKey}` };
    expect((await service.get('/api/collector/rejected', headers)).status).toBe(401);
    expect((await service.get('/api/collector/sources', headers)).status).toBe(401);
    expect((await service.get('/api/collector/rejected', await as('reader'))).status).toBe(403);
    expect((await service.post('/events', event(), await as('reader'))).status).toBe(403);
  });

  it('is named in the source of Segment calls, and in the numbers', async () => {
    const messageId = `k-${++sequence}`;
    await service.post('/v1/track', { userId: '42', event: 'x', messageId, writeKey });
    await service.post('/events', { ...event(), type: 'x' }, { authorization: `Bearer ${writeKey}` });
    const { rows } = await service.pool.query('select source from journal.event where id = $1', [messageId]);
    expect(rows).toEqual([{ source: '/segment/publisher' }]);
    const { body } = await service.get<string>('/metrics');
    expect(body).toMatch(
      /perennial_collector_events_total\{outcome="accepted",origin="segment",source="publisher",type="activity.recorded"\} \d+/,
    );
    expect(body).toMatch(
      /perennial_collector_rejected_total\{origin="http",source="publisher",code="unknown-type"\} 1/,
    );
    expect(body).toMatch(/perennial_collector_append_seconds_count \d+/);
    expect(body).toMatch(/perennial_collector_events_waiting 0/);
  });
});
