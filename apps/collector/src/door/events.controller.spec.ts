import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { catalogue } from '@perennial/events';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

let sequence = 0;
const placed = (overrides: object = {}) => {
  const id = `e-${++sequence}`;
  return {
    specversion: '1.0',
    id,
    source: '/shop',
    type: 'order.placed',
    subject: 'user:42',
    time: '2026-03-01T12:00:00Z',
    data: {
      orderId: id,
      total: { amount: '10.00', currency: 'EUR' },
      lines: [{ sku: 'lamp', quantity: 1, price: { amount: '10.00', currency: 'EUR' } }],
    },
    ...overrides,
  };
};

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

interface Sent {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

const send = async (
  body: string | Uint8Array<ArrayBuffer>,
  contentType?: string,
  headers: Record<string, string> = {},
): Promise<Sent> => {
  const response = await fetch(`${service.url}/events`, {
    method: 'POST',
    // A Blob without a type makes fetch send no content type.
    body: new Blob([body]),
    headers: { ...(contentType && { 'content-type': contentType }), ...headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
};
const sendEvent = (event: unknown) => send(JSON.stringify(event), STRUCTURED);
const accepted = (count: number) => ({ accepted: count, duplicates: 0, rejected: [] });

const journalled = async (id: string) =>
  (
    await service.pool.query<{ n: number }>('select count(*)::integer n from journal.event where id = $1', [
      id,
    ])
  ).rows[0]?.n;
const rejectedRows = async (code: string) =>
  (
    await service.pool.query<{ count: number; source: string | null; path: string }>(
      'select count::integer, source, path, reference, body from collector.rejected where code = $1 order by number',
      [code],
    )
  ).rows;

describe('the formats of CloudEvents', () => {
  it('a structured event is in the journal when it is answered', async () => {
    const event = placed();
    expect(await sendEvent(event)).toMatchObject({ status: 200, body: accepted(1) });
    expect(await journalled(event.id)).toBe(1);
  });

  it('a batch is not taken for a structured event, whose type its own begins with', async () => {
    expect(await send(JSON.stringify([placed(), placed()]), `${BATCH}; charset=UTF-8`)).toMatchObject({
      status: 200,
      body: accepted(2),
    });
  });

  it('an empty batch is a batch', async () => {
    expect(await send('[]', BATCH)).toMatchObject({ status: 200, body: accepted(0) });
  });

  it('a binary event has its attributes in headers, percent-encoded', async () => {
    const { data, id, source, type, time } = placed();
    const answer = await send(JSON.stringify(data), 'application/json', {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': source,
      'ce-type': type,
      'ce-time': time,
      'ce-subject': 'user:J%C3%BCrgen%20%22x%22',
      'ce-dataversion': '1',
    });
    expect(answer).toMatchObject({ status: 200, body: accepted(1) });
    const { rows } = await service.pool.query('select stream_id from journal.event where id = $1', [id]);
    expect(rows).toEqual([{ stream_id: service.subjectIdOf('user:Jürgen "x"') }]);
  });

  it('data may come as base64, but not twice', async () => {
    const { data, ...event } = placed();
    const encoded = Buffer.from(JSON.stringify(data)).toString('base64');
    expect((await sendEvent({ ...event, data_base64: encoded })).body).toEqual(accepted(1));
    expect((await sendEvent({ ...event, data, data_base64: encoded })).body).toMatchObject({
      accepted: 0,
      rejected: [{ code: 'invalid-attribute' }],
    });
    expect((await sendEvent({ ...event, data_base64: '~' })).body).toMatchObject({
      rejected: [{ message: 'data_base64 must be base64' }],
    });
  });

  it.each(['application/json', 'text/json', undefined])(
    'people with curl send an event or a list as %s',
    async (contentType) => {
      expect((await send(JSON.stringify(placed()), contentType)).body).toEqual(accepted(1));
      expect((await send(JSON.stringify([placed(), placed()]), contentType)).body).toEqual(accepted(2));
    },
  );

  it.each([
    'application/xml',
    'application/cloudevents+avro',
    'application/cloudevents-batch+avro',
    'application/x-www-form-urlencoded',
  ])('%s is not known', async (contentType) => {
    expect(await send('x', contentType)).toMatchObject({ status: 415, body: { code: 'unsupported-format' } });
  });

  it('a web hook may ask first', async () => {
    const answer = await fetch(`${service.url}/events`, {
      method: 'OPTIONS',
      headers: { 'WebHook-Request-Origin': 'events.example.org', 'WebHook-Request-Rate': '120' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('webhook-allowed-origin')).toBe('events.example.org');
    expect(answer.headers.get('webhook-allowed-rate')).toBe('*');
  });
});

describe('once', () => {
  it('the same event sent again, or twice in one batch, is counted as a duplicate', async () => {
    const event = placed();
    expect((await sendEvent(event)).body).toEqual(accepted(1));
    expect((await sendEvent(event)).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    const other = placed();
    expect((await send(JSON.stringify([other, event, other]), BATCH)).body).toEqual({
      accepted: 1,
      duplicates: 2,
      rejected: [],
    });
    expect(await journalled(other.id)).toBe(1);
  });

  it('the same id of another source is another event', async () => {
    const event = placed();
    await sendEvent(event);
    expect((await sendEvent({ ...event, source: '/erp' })).body).toEqual(accepted(1));
  });
});

describe('a bad event', () => {
  const poison: [string, string, string][] = [
    ['no object', '7', 'not-an-event'],
    ['null', 'null', 'not-an-event'],
    ['without an id', '{"source":"/x"}', 'missing-attribute'],
    ['of no known type', JSON.stringify(placed({ type: 'order.plaecd' })), 'unknown-type'],
    ['of a later version', JSON.stringify(placed({ dataversion: 99 })), 'unknown-version'],
    ['with a bad subject', JSON.stringify(placed({ subject: 'Ann' })), 'invalid-subject'],
    ['of the far future', JSON.stringify(placed({ time: '2999-01-01T00:00:00Z' })), 'invalid-time'],
    ['against the schema', JSON.stringify(placed({ data: { orderId: 'x' } })), 'schema-violation'],
    [
      'with a number beyond doubles',
      '{"id":"p1","source":"/p","type":"activity.recorded","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"name":"x","properties":{"n":1e400}}}',
      'unsafe-value',
    ],
    [
      'with a prototype',
      '{"id":"p2","source":"/p","type":"activity.recorded","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"name":"x","properties":{"__proto__":{"admin":true}}}}',
      'unsafe-value',
    ],
    [
      'nested without end',
      `{"id":"p3","source":"/p","type":"activity.recorded","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"name":"x","properties":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}}`,
      'unsafe-value',
    ],
    [
      'with U+0000',
      '{"id":"p4","source":"/p","type":"activity.recorded","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"name":"x\\u0000"}}',
      'unsafe-value',
    ],
    [
      'with half a character',
      '{"id":"p5","source":"/p","type":"activity.recorded","subject":"user:1","time":"2026-03-01T12:00:00Z","data":{"name":"\\ud800"}}',
      'unsafe-value',
    ],
  ];

  it.each(poison)('%s is kept and leaves its neighbours alone', async (_, bad, code) => {
    const neighbours = [placed(), placed()];
    const [left, right] = neighbours.map((event) => JSON.stringify(event));
    const answer = await send(`[${left},${bad},${right}]`, BATCH);
    expect(answer).toMatchObject({
      status: 200,
      body: { accepted: 2, duplicates: 0, rejected: [{ index: 1 }] },
    });
    expect(answer.body.rejected).toMatchObject([{ code }]);
    for (const { id } of neighbours) expect(await journalled(id)).toBe(1);
  });

  it('of a type that only we decide is refused as reserved', async () => {
    const { example, subject } = catalogue['customers.merged'];
    const answer = await sendEvent(placed({ type: 'customers.merged', subject, data: example }));
    expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ code: 'reserved-type' }] });
  });

  it('tells where it stood, its id, and what is wrong', async () => {
    const event = placed({ data: {} });
    expect((await send(JSON.stringify([placed(), event]), BATCH)).body).toEqual({
      accepted: 1,
      duplicates: 0,
      rejected: [{ index: 1, id: event.id, code: 'schema-violation', message: 'data.orderId is missing' }],
    });
  });

  it('is kept once, with a count, however often it comes', async () => {
    const event = placed({ type: 'no.such.type', source: '/counted' });
    for (let i = 0; i < 3; i++) await sendEvent(event);
    await send(JSON.stringify([event, event]), BATCH);
    const rows = (await rejectedRows('unknown-type')).filter(({ source }) => source === '/counted');
    expect(rows).toMatchObject([{ count: 5, source: '/counted', path: 'type' }]);
  });

  it('that is too large is kept, its neighbours are taken', async () => {
    const large = placed({
      type: 'activity.recorded',
      data: { name: 'x', properties: { text: 'y'.repeat(1024 * 1024) } },
    });
    expect((await send(JSON.stringify([large, placed()]), BATCH)).body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, code: 'too-large' }],
    });
  });
});

describe('a request of which nothing can be read', () => {
  it.each([
    ['broken JSON', '{"id":', 'not-json', 400],
    ['no list where a batch should be', '{}', 'not-a-batch', 400],
    ['another encoding', Uint8Array.from([0x22, 0xe4, 0x22]), 'bad-encoding', 400],
  ])('%s is refused, and kept', async (_, body, code, status) => {
    expect(await send(body, BATCH)).toMatchObject({ status, body: { code } });
    expect(await rejectedRows(code)).toMatchObject([{ count: 1 }]);
  });

  it('an empty one is refused and not kept', async () => {
    expect(await send('', BATCH)).toMatchObject({ status: 400, body: { code: 'empty-body' } });
    expect(await rejectedRows('empty-body')).toEqual([]);
  });

  it('one that is too large is refused before it is read, and what is known of it is kept', async () => {
    const size = 21 * 1024 * 1024;
    expect(await send(' '.repeat(size), BATCH)).toMatchObject({ status: 413, body: { code: 'too-large' } });
    expect(await rejectedRows('too-large')).toContainEqual(
      expect.objectContaining({ count: 1, reference: `request of ${size} bytes`, body: null }),
    );
  });

  it('one that grows too large is refused and kept likewise', async () => {
    // Given a sender that doesn't say how much will come; it may not see the answer, as its connection ends
    const body = Readable.from(Array.from({ length: 30 }, () => Buffer.alloc(1024 * 1024, ' ')));
    const sent = request(`${service.url}/events`, { method: 'POST' }).on('error', () => undefined);
    const answered = once(sent, 'response').then(
      ([response]) => (response as IncomingMessage).statusCode,
      () => 413,
    );
    await pipeline(body, sent).catch(() => undefined);
    expect(await answered).toBe(413);
    expect(await rejectedRows('too-large')).toContainEqual(
      expect.objectContaining({ reference: `request of more than ${20 * 1024 * 1024} bytes`, body: null }),
    );
  });
});

describe('compression', () => {
  const bytes = () => Buffer.from(JSON.stringify([placed(), placed()]));

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s is understood', async (encoding, compress) => {
    const body = new Uint8Array(compress(bytes()));
    expect(await send(body, BATCH, { 'content-encoding': encoding })).toMatchObject({
      status: 200,
      body: accepted(2),
    });
  });

  it('gzip is recognised without a header', async () => {
    expect((await send(new Uint8Array(gzipSync(bytes())), BATCH)).body).toEqual(accepted(2));
  });

  it('another one is not known, a false one is refused', async () => {
    expect(await send('x', BATCH, { 'content-encoding': 'zstd' })).toMatchObject({ status: 415 });
    expect(await send('x', BATCH, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      body: { code: 'bad-compression' },
    });
  });

  it('a bomb is not inflated', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20)));
    expect(await send(bomb, BATCH, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      body: { code: 'too-large' },
    });
  });
});
