import { lineReader, type ReadLine } from './line.reader.js';
import type { Mapping } from './mapping.schema.js';

const shop: Mapping = {
  description: 'a shop',
  source: '/import/shop',
  format: { kind: 'csv', columns: ['no', 'sku', 'pieces', 'price', 'at', 'customer'] },
  time: { value: '{at}', format: 'd.M.yyyy H:mm', zone: 'Europe/Berlin' },
  currency: 'EUR',
  subject: 'user:{customer|integer}',
  order: { id: '{no}', lines: 'many' },
  line: { sku: '{sku|upper}', quantity: '{pieces}', price: '{price}' },
};
const columns = new Map(
  ['no', 'sku', 'pieces', 'price', 'at', 'customer'].map((name, index) => [name, index]),
);

const row = { no: 'A1', sku: 'lamp', pieces: '2', price: '29.9', at: '1.7.2026 9:30', customer: '42.0' };
const read = (mapping: Partial<Mapping> = {}, values: Partial<typeof row> = {}): ReadLine =>
  lineReader({ ...shop, ...mapping }, columns)(Object.values({ ...row, ...values }));
const refusal = (...given: Parameters<typeof read>): string => {
  try {
    read(...given);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

it('reads a line as the mapping says', () => {
  expect(read()).toEqual({
    kind: 'order',
    id: 'A1',
    subject: 'user:42',
    time: '2026-07-01T07:30:00.000Z',
    currency: 'EUR',
    product: { sku: 'LAMP' },
    lists: false,
    charge: false,
    pieces: [{ quantity: '2', price: '29.90' }],
  });
});

it.each([
  ['invalid-quantity', { pieces: '0' }],
  ['invalid-quantity', { pieces: '-1' }],
  ['invalid-quantity', { pieces: 'two' }],
  ['invalid-price', { price: '' }],
  ['invalid-price', { price: '1e3' }],
  ['invalid-time', { at: '31.2.2026 9:30' }],
  ['invalid-time', { at: '2026-07-01' }],
  ['missing-sku', { sku: '' }],
  ['missing-order-id', { no: '' }],
])('refuses a line with %s: %j', (code, values) => expect(refusal({}, values)).toBe(code));

it('reads numbers as they are written there', () => {
  const numbers = { decimal: ',', thousands: '.' } as const;
  expect(read({ numbers }, { price: '1.234,5' }).pieces).toEqual([{ quantity: '2', price: '1234.50' }]);
});

it('takes the first rule that holds', () => {
  const rules: Mapping['rules'] = [
    { when: { no: { matches: '^X' } }, reject: 'no-order', message: 'X is no order.' },
    { when: { pieces: { below: '0' } }, as: 'return' },
  ];
  expect(refusal({ rules }, { no: 'X1', pieces: '-1' })).toBe('no-order');
  expect(read({ rules }, { pieces: '-3' })).toMatchObject({
    kind: 'return',
    pieces: [{ quantity: '3', price: '29.90' }],
  });
  expect(read({ rules }).kind).toBe('order');
});

it('takes the first subject whose condition holds', () => {
  const subject: Mapping['subject'] = [
    { when: { customer: { empty: true } }, is: 'anonymous:invoice-{no}' },
    { is: 'user:{customer|integer}' },
  ];
  expect(read({ subject }, { customer: '' }).subject).toBe('anonymous:invoice-A1');
  expect(read({ subject }).subject).toBe('user:42');
});

it('lists products of orders that are no charge and meet the condition', () => {
  const line = { ...shop.line, name: 'Lamp', charge: { sku: { equals: 'post' } } };
  const products = { price: { above: '0' } };
  expect(read({ line, products }).lists).toBe(true);
  expect(read({ line, products }, { price: '0' }).lists).toBe(false);
  expect(read({ line, products }, { sku: 'post' })).toMatchObject({ lists: false, charge: true });
  expect(read({ line, products: false }).lists).toBe(false);
});

it('shares the amount of a line out over its pieces', () => {
  const line = { sku: 'CD', quantity: '{pieces}', amount: '{price}' };
  expect(read({ line }, { pieces: '3', price: '1.00' }).pieces).toEqual([
    { quantity: '2', price: '0.33' },
    { quantity: '1', price: '0.34' },
  ]);
  expect(refusal({ line }, { pieces: '1.5' })).toBe('invalid-quantity');
});

it.each([
  ['a column that there is not', { currency: '{money}' }, 'names the column "money"'],
  ['a filter that there is not', { currency: '{no|shout}' }, 'uses the filter "shout"'],
  ['a zone that there is not', { time: { ...shop.time, zone: 'Mars' } }, 'no time zone "Mars"'],
  ['a format without a year', { time: { ...shop.time, format: 'MM-dd' } }, 'needs yyyy'],
])('says so for %s', (_, mapping, message) => expect(() => read(mapping)).toThrow(message));
