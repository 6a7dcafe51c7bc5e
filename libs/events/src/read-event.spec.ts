import { parseSubject, isCustomerNamespace, readEvent } from './index.js';

const now = new Date('2026-03-02T00:00:00.000Z');
const delivered = {
  specversion: '1.0',
  id: 'e-1',
  source: '/shop',
  type: 'shipment.delivered',
  subject: 'user:42',
  time: '2026-03-01T13:00:00+01:00',
  data: { shipmentId: 'S-1', orderId: 'A-1' },
};
const reading = (change: object) => readEvent({ ...delivered, ...change }, now);
const rejection = (change: object) => reading(change).rejection;

it('reads an event, its time in UTC milliseconds', () => {
  expect(reading({ traceparent: 'ignored' }).event).toEqual({
    id: 'e-1',
    source: '/shop',
    type: 'shipment.delivered',
    subject: 'user:42',
    time: '2026-03-01T12:00:00.000Z',
    dataVersion: 1,
    data: delivered.data,
  });
});

it.each([null, 7, 'text', [delivered]])('refuses %j, which is no event', (input) => {
  expect(readEvent(input, now).rejection?.code).toBe('not-an-event');
});

it.each(['id', 'source', 'type', 'subject', 'time', 'data'])('needs the attribute %s', (name) => {
  expect(rejection({ [name]: undefined })).toMatchObject({ code: 'missing-attribute', path: name });
});

it.each([
  ['id', 7],
  ['id', 'a\nb'],
  ['source', 's'.repeat(501)],
  ['specversion', '0.3'],
])('refuses %s = %j', (name, value) => {
  expect(rejection({ [name]: value })).toMatchObject({ code: 'invalid-attribute', path: name });
});

it.each(['order.exploded', 'constructor', '__proto__'])('does not know the type %s', (type) => {
  expect(rejection({ type })?.code).toBe('unknown-type');
});

describe('version', () => {
  it.each([undefined, null, 1, '1'])('%j is version 1', (dataversion) => {
    expect(reading({ dataversion }).event?.dataVersion).toBe(1);
  });
  it.each([2, '17'])('%j is newer than known: kept for later', (dataversion) => {
    expect(rejection({ dataversion })?.code).toBe('unknown-version');
  });
  it.each([0, -1, 1.5, '1.0', 'v1', true])('%j is none', (dataversion) => {
    expect(rejection({ dataversion })).toMatchObject({ code: 'invalid-attribute', path: 'dataversion' });
  });
});

describe('subject', () => {
  it.each(['user:42', 'email:ann@example.org', 'x:a:b', 'loyalty_card-2:ü 😀', `u:${'😀'.repeat(500)}`])(
    'may be %s',
    (subject) => {
      expect(reading({ subject }).event?.subject).toBe(subject);
    },
  );
  it.each([
    'user',
    'user:',
    ':42',
    'User:42',
    '1user:42',
    'user:a\u0000',
    'user:a\nb',
    'user:\ud800',
    `user:${'a'.repeat(501)}`,
    `${'n'.repeat(32)}:42`,
    42,
  ])('may not be %j', (subject) => {
    expect(rejection({ subject })).toMatchObject({ code: 'invalid-subject', path: 'subject' });
  });
  it('has a namespace, up to the first colon', () => {
    expect(parseSubject('x:a:b')).toEqual({ namespace: 'x', value: 'a:b' });
  });
  it('is a customer unless its namespace names a thing', () => {
    expect(
      ['user', 'email', 'product', 'partner', 'campaign', 'customer', 'order', 'currency', 'setting'].filter(
        isCustomerNamespace,
      ),
    ).toEqual(['user', 'email']);
  });
});

describe('time', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00.1z', '2026-03-01T12:00:00.100Z'],
    ['2026-03-01T12:00:00.123987+05:30', '2026-03-01T06:30:00.123Z'],
    ['1900-01-01T00:00:00Z', '1900-01-01T00:00:00.000Z'],
    ['2024-02-29T23:59:59-00:30', '2024-03-01T00:29:59.000Z'],
    ['2026-03-03T00:00:00Z', '2026-03-03T00:00:00.000Z'],
  ])('%s is %s', (time, expected) => {
    expect(reading({ time }).event?.time).toBe(expected);
  });
  it.each([
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-03-01 12:00:00Z',
    '2026-02-30T12:00:00Z',
    '2025-02-29T12:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T12:00:60Z',
    '2026-03-01T12:00:00+24:00',
    '2026-03-01T12:00:00+01:60',
    '1899-12-31T23:59:59Z',
    '2026-03-03T00:00:00.001Z',
    'yesterday',
  ])('%s is refused', (time) => {
    expect(rejection({ time })).toMatchObject({ code: 'invalid-time', path: 'time' });
  });
});

describe('data', () => {
  const placed = (data: string) => {
    const event = JSON.parse(
      `{"id":"1","source":"/shop","type":"activity.recorded","subject":"user:42","time":"2026-03-01T12:00:00Z","data":${data}}`,
    ) as object;
    return readEvent(event, now);
  };

  it.each([
    ['{"name":"x","properties":{"a":1e400}}', 'data.properties.a'],
    ['{"name":"x","properties":{"a":"\\u0000"}}', 'data.properties.a'],
    ['{"name":"x","properties":{"a":["\\ud800"]}}', 'data.properties.a.0'],
    ['{"name":"x","properties":{"\\u0000":1}}', 'data.properties.\u2026'],
    ['{"name":"x","properties":{"ann@example.org":1e400}}', 'data.properties.\u2026'],
    ['{"name":"x","properties":{"__proto__":{"admin":true}}}', 'data.properties.__proto__'],
    ['{"name":"x","properties":{"constructor":1}}', 'data.properties.constructor'],
    ['{"name":"x","properties":{"a":{"prototype":1}}}', 'data.properties.a.prototype'],
  ])('%s is unsafe', (data, path) => {
    expect(placed(data).rejection).toMatchObject({ code: 'unsafe-value', path });
  });

  it('may nest 32 levels, not 33', () => {
    const nested = (levels: number) =>
      `{"name":"x","properties":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    expect(placed(nested(31)).rejection).toBeUndefined();
    expect(placed(nested(32)).rejection?.code).toBe('unsafe-value');
    expect(placed(nested(5000)).rejection?.code).toBe('unsafe-value');
  });

  it.each([
    [{ shipmentId: 'S-1' }, 'data.orderId', 'data.orderId is missing'],
    [
      { ...delivered.data, oderId: 'x' },
      'data.oderId',
      'data.oderId is not known here; known are shipmentId, orderId',
    ],
    [
      { ...delivered.data, orderId: 7 },
      'data.orderId',
      'data.orderId must be string (The order; unique across the sources that report orders.)',
    ],
    ['text', 'data', 'data must be object'],
  ])('%j violates the schema', (data, path, message) => {
    expect(rejection({ data })).toEqual({ code: 'schema-violation', path, message });
  });

  it('is not coerced: an amount is a string', () => {
    const refund = { amount: 5, currency: 'EUR' };
    expect(rejection({ type: 'order.returned', data: { returnId: 'R', refund } })).toMatchObject({
      code: 'schema-violation',
      path: 'data.refund.amount',
    });
  });

  it('is never quoted in a message, for it may be personal', () => {
    const secret = 'ann lee has no at sign';
    const { rejection } = reading({ type: 'profile.updated', data: { email: secret } });
    expect(rejection?.code).toBe('schema-violation');
    expect(JSON.stringify(rejection)).not.toContain('ann lee');
  });
});
