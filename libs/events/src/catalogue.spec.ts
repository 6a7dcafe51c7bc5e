import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import type { EventType } from './event-type.js';
import {
  catalogue,
  type EventData,
  isDecision,
  isEventName,
  parseSubject,
  readEvent,
  violationOf,
} from './index.js';
import { catalogueSource } from './documentation/catalogue-source.js';

const sources = new URL('.', import.meta.url).pathname;
const types: EventType[] = Object.values(catalogue);

it('is what the files define; "npm run generate" makes it so', () => {
  expect(readFileSync(join(sources, 'catalogue.generated.ts'), 'utf8')).toBe(catalogueSource(sources));
});

describe('the files of event types', () => {
  let folder: string;
  const file = (path: string, content: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'events-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('may define a name once only', () => {
    file('orders/order-shipped.ts', "export const orderShipped = eventType('order.shipped', {");
    file('shipments/order-shipped.ts', "export const orderShipped = eventType('order.shipped', {");
    expect(() => catalogueSource(folder)).toThrow(
      'Both orders/order-shipped.ts and shipments/order-shipped.ts define order.shipped.',
    );
  });

  it('are called like their type', () => {
    file('orders/shipped.ts', "export const orderShipped = eventType('order.shipped', {");
    expect(() => catalogueSource(folder)).toThrow('its file is called order-shipped.ts');
  });

  it('leave older versions out of the catalogue', () => {
    file('orders/order-shipped.v1.ts', "export const old = eventType('order.shipped', {");
    expect(catalogueSource(folder)).not.toContain('order.shipped');
  });
});

describe.each(types)('$name', (type) => {
  it('has an example that follows its schema, and so have its older versions', () => {
    expect(violationOf(type, type.version, type.example)).toBeUndefined();
    for (const older of type.older ?? []) {
      expect(violationOf(type, older.version, older.example)).toBeUndefined();
    }
  });

  it('belongs to a subject', () => {
    expect(parseSubject(type.subject ?? 'user:42')).toBeDefined();
  });

  it('is described, with every field', () => {
    expect(type.description).toMatch(/^[A-Z].*\.$/s);
    expect(undescribed(type.data, type.name)).toEqual([]);
  });

  it('refuses a field that it does not know', () => {
    expect(violationOf(type, type.version, { ...type.example, mistyped: 1 })).toMatchObject({
      path: 'data.mistyped',
    });
  });

  it('is read from the event of its example', () => {
    const event = {
      id: '1',
      source: '/shop',
      type: type.name,
      subject: 'user:42',
      time: '2026-03-01T12:00:00Z',
    };
    expect(readEvent({ ...event, data: type.example }, new Date('2026-03-02')).event?.data).toBe(
      type.example,
    );
  });
});

it('knows its names, and which are decisions', () => {
  expect(isEventName('order.placed')).toBe(true);
  expect(isEventName('constructor')).toBe(false);
  expect(Object.keys(catalogue).filter((name) => isEventName(name) && isDecision(name))).toEqual([
    'customer.erased',
    'customers.merged',
    'customers.split',
    'equity.measured',
    'group.changed',
    'model.fit.failed',
    'model.fitted',
    'risk.changed',
    'scores.refreshed',
  ]);
});

/** Paths of the fields without a description. */
function undescribed(schema: TSchema, path: string): string[] {
  const node: { properties?: Record<string, TSchema>; items?: TSchema } = schema;
  const inner = [
    ...Object.entries(node.properties ?? {}),
    ...(node.items ? [['*', node.items] as const] : []),
  ];
  return inner.flatMap(([name, field]) => {
    const described = name === '*' || Boolean((field as { description?: string }).description);
    return [...(described ? [] : [`${path}.${name}`]), ...undescribed(field, `${path}.${name}`)];
  });
}

it('types what it describes', () => {
  const placed: EventData<'order.placed'> = catalogue['order.placed'].example;
  expect(placed.lines[0]?.price.amount).toBe('29.90');
  // @ts-expect-error an amount is a string
  const price: EventData<'product.viewed'> = { sku: 'lamp', price: { amount: 1, currency: 'EUR' } };
  // @ts-expect-error how it is known is one of a few words
  const linked: EventData<'identity.linked'> = { other: 'user:42', evidence: 'guess' };
  expect([price, linked]).toHaveLength(2);
});
