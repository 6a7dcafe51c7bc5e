import type { EventData } from '@perennial/events';
import { event } from './event.given.js';

type Line = EventData<'order.placed'>['lines'][number];

const one = { amount: '1.00', currency: 'EUR' };
export const line = (sku: string, more: Partial<Line> = {}): Line => ({
  sku,
  quantity: 1,
  price: one,
  ...more,
});
const linesOf = (products: readonly (string | Line)[]) =>
  products.map((product) => (typeof product === 'string' ? line(product) : product));

/** An order of these products, at noon of the first of March 2026. */
export const ordered = (orderId: string, subject: string, ...products: (string | Line)[]) =>
  event('order.placed', subject, { orderId, total: one, lines: linesOf(products) });

export const changed = (orderId: string, subject: string, ...products: (string | Line)[]) =>
  event(
    'order.updated',
    subject,
    { orderId, total: one, lines: linesOf(products) },
    { time: '2026-03-01T13:00:00.000Z' },
  );

export const cancelled = (orderId: string, subject: string) =>
  event('order.cancelled', subject, { orderId }, { time: '2026-03-01T14:00:00.000Z' });

export const returned = (
  orderId: string | undefined,
  subject: string,
  lines?: EventData<'order.returned'>['lines'],
) =>
  event(
    'order.returned',
    subject,
    { returnId: `R-${orderId ?? '0'}`, orderId, refund: one, lines },
    { time: '2026-03-09T12:00:00.000Z' },
  );
