import { gzipSync } from 'node:zlib';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

const send = async (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => {
  const response = await fetch(service.url + path, { method: 'POST', body: new Blob([body]), headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as object };
};
const SUCCESS = { status: 200, body: { success: true } };
let sequence = 0;
const call = (overrides: object = {}) => ({
  userId: '42',
  messageId: `m-${++sequence}`,
  event: 'Video Played',
  type: 'track',
  timestamp: '2026-03-01T12:00:00Z',
  ...overrides,
});
const typesOf = async (messageId: string) =>
  (
    await service.pool.query<{ type: string }>('select type from journal.event where id = $1', [messageId])
  ).rows.map(({ type }) => type);
const latestRejected = async () =>
  (
    await service.pool.query<{ code: string; path: string }>(
      'select code, path from collector.rejected order by last_received_at desc limit 1',
    )
  ).rows[0];

describe('the paths', () => {
  it.each([
    ['identify', 'i', 'profile.updated'],
    ['track', 't', 'activity.recorded'],
    ['page', 'p', 'page.viewed'],
    ['screen', 's', 'screen.viewed'],
    ['group', 'g', 'activity.recorded'],
  ])('/v1/%s and /v1/%s make %s', async (word, letter, type) => {
    for (const path of [`/v1/${word}`, `/v1/${letter}`, `/api/s/${word}`, `/api/s/s2s/${word}`]) {
      const message = call({ name: 'Home', groupId: 'g' });
      expect(await send(path, JSON.stringify(message))).toMatchObject(SUCCESS);
      expect(await typesOf(message.messageId)).toEqual([type]);
    }
  });

  it.each(['/v1/alias', '/v1/a'])('%s links', async (path) => {
    const previousId = `old-${path}`;
    expect(await send(path, JSON.stringify(call({ previousId })))).toMatchObject(SUCCESS);
    const { rows } = await service.pool.query('select type from journal.event where stream_id = $1', [
      service.subjectIdOf(`user:${previousId}`),
    ]);
    expect(rows).toEqual([{ type: 'identity.linked' }]);
  });

  it.each(['/v1/batch', '/v1/b'])('%s takes many', async (path) => {
    const batch = [call(), call()];
    expect(await send(path, JSON.stringify({ batch, sentAt: '2026-03-01T12:00:00Z' }))).toMatchObject(
      SUCCESS,
    );
    for (const { messageId } of batch) expect(await typesOf(messageId)).toHaveLength(1);
  });

  it("the browser library's numbers about itself are let pass", async () =>
    expect(await send('/v1/m', '{"series":[]}')).toMatchObject(SUCCESS));

  it('another one is not there', async () =>
    expect(await send('/v1/delete', '{}')).toMatchObject({
      status: 404,
      body: { code: 'not-found', message: 'There is no such call.', msg: 'There is no such call.' },
    }));

  it('the browser library learns where to send', async () => {
    const { body } = await service.get('/v1/projects/wk_1/settings');
    const host = new URL(service.url).host;
    expect(body).toEqual({
      integrations: { 'Segment.io': { apiKey: 'wk_1', apiHost: `${host}/v1`, protocol: 'http' } },
      metrics: { sampleRate: 0 },
    });
  });

  it('pages of this machine may call, with the headers that libraries send', async () => {
    const answer = await fetch(`${service.url}/v1/t`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, x-retry-count',
      },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(answer.headers.get('access-control-allow-headers')).toContain('x-retry-count');
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
  });
});

describe('the body', () => {
  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'image/png'])(
    'is JSON, though it is called %s',
    async (contentType) =>
      expect(await send('/v1/track', JSON.stringify(call()), { 'content-type': contentType })).toMatchObject(
        SUCCESS,
      ),
  );

  it('may be compressed, whether a header says so or not', async () => {
    const body = new Uint8Array(gzipSync(JSON.stringify(call())));
    expect(await send('/v1/track', body, { 'content-encoding': 'gzip' })).toMatchObject(SUCCESS);
    expect(
      await send('/v1/track', body, { 'content-type': 'application/x-www-form-urlencoded' }),
    ).toMatchObject(SUCCESS);
  });

  it.each([
    ['not JSON', '{', 400, 'not-json'],
    ['a list', '[]', 400, 'not-json'],
    ['nothing', '', 400, 'empty-body'],
    ['too large', `{"a":"${'x'.repeat(500 * 1024)}"}`, 413, 'too-large'],
    ['far too large', 'x'.repeat(3 * 1024 * 1024), 413, 'too-large'],
    ['a bomb', new Uint8Array(gzipSync(Buffer.alloc(50 * 1024 * 1024))), 413, 'too-large'],
  ])('that is %s is refused with code and message', async (_, body, status, code) => {
    const answer = await send('/v1/track', body);
    expect(answer).toMatchObject({ status, body: { code, success: false } });
    expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(['message', 'msg']));
    if (code !== 'empty-body') expect(await latestRejected()).toMatchObject({ code });
  });

  it('has at most 2,500 calls', async () => {
    const batch = Array.from({ length: 2501 }, () => ({ userId: '1' }));
    expect(await send('/v1/batch', JSON.stringify({ batch }))).toMatchObject({
      status: 413,
      body: { code: 'too-large' },
    });
    expect(await send('/v1/batch', '{"batch":7}')).toMatchObject({
      status: 400,
      body: { code: 'not-a-batch' },
    });
  });
});

describe('a bad call', () => {
  it.each([
    ['nobody', call({ userId: null }), 'missing-attribute'],
    ['no kind', call({ type: 'delete' }), 'invalid-attribute'],
    ['not an object', 7, 'not-an-event'],
    ['no event', call({ event: '' }), 'missing-attribute'],
    ['too large', call({ properties: { text: 'x'.repeat(33 * 1024) } }), 'too-large'],
    ['against the schema', call({ event: 'Product Viewed' }), 'schema-violation'],
  ])('(%s) is kept, its neighbours are taken, and the answer is a success', async (_, bad, code) => {
    const neighbours = [call(), call()];
    const answer = await send('/v1/batch', JSON.stringify({ batch: [neighbours[0], bad, neighbours[1]] }));
    expect(answer).toMatchObject(SUCCESS);
    expect(await latestRejected()).toMatchObject({ code });
    for (const { messageId } of neighbours) expect(await typesOf(messageId)).toHaveLength(1);
  });

  it('nested without end is kept too', async () => {
    const bad = `{"userId":"1","type":"track","event":"x","properties":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`;
    const good = call();
    expect(await send('/v1/batch', `{"batch":[${bad},${JSON.stringify(good)}]}`)).toMatchObject(SUCCESS);
    expect(await latestRejected()).toMatchObject({ code: 'unsafe-value' });
    expect(await typesOf(good.messageId)).toHaveLength(1);
  });
});

it('a message sent again is one event', async () => {
  const message = call({ anonymousId: 'a-once' });
  for (let i = 0; i < 3; i++) await send('/v1/track', JSON.stringify(message));
  expect(await typesOf(message.messageId)).toHaveLength(1);
  const { rows } = await service.pool.query('select type from journal.event where stream_id = $1', [
    service.subjectIdOf('anonymous:a-once'),
  ]);
  expect(rows).toEqual([{ type: 'identity.linked' }]);
});
