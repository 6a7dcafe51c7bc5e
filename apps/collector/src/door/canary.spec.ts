import { catalogue, personalPaths, isDecision, type EventName } from '@perennial/events';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

/** Planted wherever a person could be named. No byte of it may be found anywhere but sealed. */
const CANARY = 'canary.bird@example.org';
const PHONE = '+43660998877';

/** Every answer that a door gave. */
const answers: string[] = [];
const send = async (
  path: string,
  body: string,
  contentType = 'application/json',
  headers: Record<string, string> = {},
) => {
  const response = await fetch(service.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType, ...headers },
  });
  answers.push(await response.text(), JSON.stringify([...response.headers]));
  return response.status;
};

const event = (overrides: object) => ({
  id: crypto.randomUUID(),
  source: '/shop',
  type: 'profile.updated',
  subject: `email:${CANARY}`,
  time: '2026-03-01T12:00:00Z',
  data: { email: CANARY, phone: PHONE, traits: { [CANARY]: CANARY } },
  ...overrides,
});

const good = [
  event({}),
  event({ subject: `user:${CANARY}` }),
  event({ type: 'products.searched', data: { query: CANARY } }),
  event({ type: 'activity.recorded', data: { name: 'x', properties: { mail: CANARY } } }),
  event({ type: 'identity.linked', subject: 'user:1', data: { other: `email:${CANARY}`, evidence: 'form' } }),
  event({ type: 'product.reviewed', data: { sku: 'lamp', rating: 1, text: `write to ${CANARY}` } }),
];
/** Wrong in every place that a message or a column could quote. */
const bad: unknown[] = [
  CANARY,
  event({ id: undefined }),
  event({ id: CANARY, data: {}, type: 'shipment.delivered' }),
  event({ source: `mailto:${CANARY} `, type: 'x' }),
  event({ type: CANARY }),
  event({ subject: CANARY }),
  event({ time: CANARY }),
  event({ dataversion: CANARY }),
  event({ specversion: CANARY }),
  event({ data: { email: `${CANARY} ${CANARY}` } }),
  event({ data: { [CANARY]: 1 } }),
  event({ data: { email: [CANARY] } }),
  event({ data: { traits: { [CANARY]: '\u0000' } } }),
  event({ data: { traits: { constructor: CANARY } } }),
  event({ type: 'consent.changed', data: { purposes: { [CANARY]: CANARY } } }),
  event({ data: undefined, data_base64: CANARY }),
];

const call = (overrides: object) => ({ userId: CANARY, messageId: crypto.randomUUID(), ...overrides });
const calls = [
  call({
    type: 'identify',
    anonymousId: 'a-1',
    traits: { email: CANARY, phone: PHONE, address: CANARY, [CANARY]: CANARY },
  }),
  call({ type: 'track', event: 'Video Played', properties: { mail: CANARY } }),
  call({
    type: 'page',
    properties: {
      url: `https://shop.example/u/${CANARY}?mail=${CANARY}`,
      referrer: `https://x.example/${CANARY}`,
    },
  }),
  call({ type: 'alias', previousId: PHONE }),
  call({ type: 'group', groupId: CANARY, traits: { mail: CANARY } }),
  call({ type: 'track', event: 'Product Viewed', properties: { name: 'x', mail: CANARY } }),
  call({ type: CANARY }),
  call({ type: 'track', event: 'x', timestamp: CANARY }),
  call({ type: 'track', event: 'Order Completed', properties: { order_id: 'O', total: CANARY } }),
  call({ type: 'track', event: 'x', messageId: undefined, timestamp: '2026-03-01T12:00:00Z' }),
];

async function sendAll(): Promise<void> {
  for (const contentType of ['application/json', 'application/cloudevents-batch+json']) {
    expect(await send('/events', JSON.stringify([...good, ...bad]), contentType)).toBe(200);
  }
  for (const one of [...good, ...bad])
    await send('/events', JSON.stringify(one), 'application/cloudevents+json');
  for (const { id, source, type, subject, time, data } of good) {
    const headers = Object.entries({ id, source, type, subject, time, specversion: '1.0' });
    await send(
      '/events',
      JSON.stringify(data),
      'application/json',
      Object.fromEntries(headers.map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)])),
    );
  }
  expect(await send('/events', `{"mail":"${CANARY}" "${CANARY}"`)).toBe(400);
  expect(await send('/events', CANARY)).toBe(400);
  expect(await send('/events', `"${CANARY}"`, 'application/cloudevents-batch+json')).toBe(400);
  expect(await send('/events', CANARY, `application/${CANARY.replace('@', '.')}`)).toBe(415);
  for (const path of ['/v1/batch', '/v1/b']) {
    expect(await send(path, JSON.stringify({ batch: [...calls, CANARY, null] }), 'text/plain')).toBe(200);
  }
  for (const one of calls) await send('/v1/track', JSON.stringify(one));
  await send('/v1/track', `{${CANARY}`);
  await send(`/v1/${CANARY}`, '{}');
  await send(
    '/api/collector/rejected',
    JSON.stringify({
      origin: 'import',
      source: 'file',
      reference: 'line 1',
      code: 'bad-line',
      message: 'a field is missing',
      body: `1;${CANARY};${PHONE}`,
    }),
  );
  await send(
    '/api/collector/rejected',
    JSON.stringify({
      origin: 'import',
      source: CANARY,
      reference: CANARY,
      code: CANARY,
      message: 7,
      body: CANARY,
    }),
  );
}

/** Rows as text and as the bytes of what is not text. */
async function database(): Promise<string> {
  const { rows: tables } = await service.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['journal.event', 'collector.rejected', 'vault.subject_key']),
  );
  const texts = await Promise.all(
    tables.map(({ name }) => service.pool.query<Record<string, unknown>>(`select * from ${name}`)),
  );
  return texts
    .flatMap(({ rows }) => rows.flatMap((row) => Object.values(row)))
    .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)))
    .join('\n');
}

const traces = [
  CANARY,
  encodeURIComponent(CANARY),
  Buffer.from(CANARY).toString('hex'),
  // Base64 of a text depends on where it begins: what stays the same at each of three offsets.
  ...[0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + CANARY)
      .toString('base64')
      .slice(Math.ceil((offset * 8) / 6) + 1, -4),
  ),
  PHONE,
  'canary.bird',
];
const expectNone = (text: string) => {
  for (const trace of traces)
    expect(
      text.includes(trace)
        ? `${trace} in …${text.slice(text.indexOf(trace) - 200, text.indexOf(trace) + 60)}`
        : '',
    ).toBe('');
};

describe('what names a person', () => {
  beforeAll(sendAll);

  it('came in: events and rejected events are there', async () => {
    const count = async (table: string) =>
      (await service.pool.query<{ n: number }>(`select count(*)::integer n from ${table}`)).rows[0]?.n;
    expect(await count('journal.event')).toBeGreaterThanOrEqual(good.length + 6);
    expect(await count('collector.rejected')).toBeGreaterThanOrEqual(bad.length + 5);
    const journal = await service.platform.journal.readStream(service.subjectIdOf(`email:${CANARY}`));
    expect(journal.length).toBeGreaterThan(3);
  });

  it('stands in no row of any table', async () => expectNone(await database()));

  it('stands in no line of the log', () => {
    expect(service.logged.length).toBeGreaterThan(50);
    expectNone(service.logged.join(''));
  });

  it('stands in no answer', () => expectNone(answers.join('\n')));

  it('stands in no number', async () => {
    const { body } = await service.get<string>('/metrics');
    expect(body).toContain('perennial_collector_rejected_total');
    expectNone(body);
  });
});

it('every personal field of every type that can be published is sealed in the journal', async () => {
  const types = (Object.keys(catalogue) as EventName[]).filter(
    (type) => !isDecision(type) && personalPaths(type).length > 0,
  );
  expect(types.length).toBeGreaterThan(3);
  for (const type of types) {
    const { example, version } = catalogue[type];
    const sent = event({ type, subject: 'user:example', dataversion: version, data: example });
    await send('/events', JSON.stringify(sent));
    const { rows } = await service.pool.query<{ data: string }>(
      'select data::text from journal.event where id = $1',
      [sent.id],
    );
    const data = JSON.parse(rows[0]!.data) as Record<string, unknown>;
    for (const path of personalPaths(type).filter((one) => !one.includes('*'))) {
      if ((example as Record<string, unknown>)[path] !== undefined) expect(data[path]).toMatch(/^sealed:1:/);
    }
  }
});
