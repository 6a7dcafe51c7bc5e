import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import * as eventTypes from '../event-type.js';
import type { EventType } from '../event-type.js';
import * as schemas from '../schemas.js';
import { violationOf } from '../validation.js';
import { eventTypeSource, fileFor } from './event-type-source.js';

const definitions = [
  { name: 'cart.item.added', constant: 'cartItemAdded', file: 'carts/cart-item-added.ts' },
];

it('has its file beside its siblings, or in a folder of its own', () => {
  expect(fileFor('cart.emptied', definitions)).toBe('carts/cart-emptied.ts');
  expect(fileFor('lamp.repaired', definitions)).toBe('lamps/lamp-repaired.ts');
  expect(fileFor('lamp.repaired', definitions, 'service')).toBe('service/lamp-repaired.ts');
});

it('is a new name, and one of the right form', () => {
  expect(() => fileFor('cart.item.added', definitions)).toThrow('There is a type cart.item.added already.');
  for (const name of ['order', 'Order.Shipped', 'order.', '../x.y', "a.b'"]) {
    expect(() => fileFor(name, definitions)).toThrow('is no name of an event type');
  }
});

it.each(['order.shipped', 'service.visit.booked'])('%s begins as a type that works', (name) => {
  const { code } = transformSync(eventTypeSource(name), {
    jsc: { parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const exported: Record<string, EventType> = {};
  const load = (file: string) => (file.includes('schemas') ? schemas : eventTypes);
  const run = runInThisContext(`(function (require, exports) { ${code} })`) as (...scope: unknown[]) => void;
  run(load, exported);
  const [type] = Object.values(exported);
  expect(type).toMatchObject({ name, version: 1 });
  expect(type && violationOf(type, 1, type.example)).toBeUndefined();
});
