import { skuKey, type EventData } from '@perennial/events';
import { FactTable, facts, Key, Latest, Min, SubjectKey } from '@perennial/read-models';

/** Pairs grow with the square of a basket: the few wholesale orders of a thousand products would be most of all pairs. */
const MOST_PRODUCTS = 50;

@FactTable('basket', {
  comment:
    'One row an order: the products that were bought together. An order that was cancelled or returned as a whole does not count.',
})
export class Basket {
  @SubjectKey() subjectId!: string;
  @Key('text', 'order number') orderId!: string;
  @Min('timestamptz', 'when it was placed') placedAt?: string;
  @Min('timestamptz', 'when it was cancelled, or came back as a whole') cancelledAt?: string;
  @Latest(
    'text[]',
    'different products by their codes in capitals, the first 50 of the order; no postage, fees or vouchers',
  )
  skus?: readonly string[];
}

type Lines = EventData<'order.placed'>['lines'];

/** Different products of an order, in the sequence of its lines. */
export const productsOf = (lines: Lines): string[] =>
  [...new Set(lines.filter(({ charge }) => !charge).map(({ sku }) => skuKey(sku)))].slice(0, MOST_PRODUCTS);

export const baskets = facts(Basket, {
  'order.placed': ({ data, time }) => ({
    orderId: data.orderId,
    placedAt: time,
    skus: productsOf(data.lines),
  }),
  'order.updated': ({ data }) => ({ orderId: data.orderId, skus: productsOf(data.lines) }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
  // What is kept after a return of a part was still bought together.
  'order.returned': ({ data, time }) =>
    data.orderId !== undefined && data.lines === undefined
      ? { orderId: data.orderId, cancelledAt: time }
      : undefined,
});
