import type { JsonObject } from '@perennial/events';
import { namesOf, skuOf, type Mapping } from './products.mapping.js';
import { decimalOf, type Properties } from './properties.js';
import { touchOf } from './touch.mapping.js';

const MILLIONTHS = 1_000_000;

/** A decimal in millionths, exact; undefined for what is none. */
function millionths(decimal: string | undefined): bigint | undefined {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/.exec(decimal ?? '') ?? [];
  if (whole === '') return undefined;
  const value = BigInt(whole) * BigInt(MILLIONTHS) + BigInt(fraction.padEnd(6, '0'));
  return sign ? -value : value;
}

function decimal(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(7, '0');
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
  return value < 0n ? `-${text}` : text;
}

const orZero = (amount: string | undefined) => millionths(amount) ?? 0n;

const goods = (properties: Properties): bigint =>
  properties.list('products').reduce((sum, product) => {
    const quantity = orZero(decimalOf(product.number('quantity') ?? 1));
    return sum + (orZero(product.decimal('price')) * quantity) / BigInt(MILLIONTHS);
  }, 0n);

/**
 * What the customer pays, less discounts, without shipping and tax. Segment calls that the subtotal; without one it is
 * the total less shipping and tax, or the revenue, or what the products cost less the discount.
 */
function totalOf(properties: Properties): string {
  const subtotal = properties.decimal('subtotal');
  if (subtotal !== undefined) return subtotal;
  const total = properties.decimal('total');
  if (total !== undefined) {
    const paid = millionths(total);
    // What is no amount is for the schema to refuse.
    if (paid === undefined) return total;
    return decimal(paid - orZero(properties.decimal('shipping')) - orZero(properties.decimal('tax')));
  }
  const revenue = properties.decimal('revenue', 'value');
  return revenue ?? decimal(goods(properties) - orZero(properties.decimal('discount')));
}

/** An order whose products are not told is one line that is no product. */
function linesOf(properties: Properties, total: string): JsonObject[] {
  const { currency } = properties;
  const lines = properties.list('products').map((product) => ({
    sku: skuOf(product),
    ...namesOf(product),
    quantity: product.number('quantity') ?? 1,
    price: { amount: product.decimal('price') ?? '0', currency },
  }));
  return lines.length > 0
    ? lines
    : [{ sku: 'order', quantity: 1, price: { amount: total, currency }, charge: true }];
}

function orderOf(properties: Properties): JsonObject {
  const total = totalOf(properties);
  return {
    orderId: properties.id('order_id', 'checkout_id'),
    total: { amount: total, currency: properties.currency },
    lines: linesOf(properties, total),
  };
}

const completed: Mapping = (properties, call) => ({
  type: 'order.placed',
  data: {
    ...orderOf(properties),
    discount: properties.money('discount'),
    shipping: properties.money('shipping'),
    tax: properties.money('tax'),
    coupon: properties.text(200, 'coupon'),
    ...touchOf(call),
  },
});

const refunded: Mapping = (properties, call) => {
  const orderId = properties.id('order_id');
  const lines = properties.list('products').map((product) => ({
    sku: skuOf(product),
    quantity: product.number('quantity') ?? 1,
    price: product.money('price') && { amount: product.decimal('price'), currency: properties.currency },
  }));
  const refund = properties.decimal('refund', 'total', 'revenue', 'value');
  if (lines.length === 0 && refund === undefined) {
    // Without an amount Segment means the whole order: nothing is left of it.
    return { type: 'order.cancelled', data: { orderId, reason: 'refunded' } };
  }
  return {
    type: 'order.returned',
    data: {
      // A part can come back several times, the whole only once.
      returnId:
        properties.id('return_id', 'refund_id') ??
        (lines.length > 0 ? call.id : orderId && `${orderId}:refund`),
      orderId,
      refund: { amount: refund ?? decimal(goods(properties)), currency: properties.currency },
      lines: lines.length > 0 ? lines : undefined,
      reason: properties.text(200, 'reason'),
    },
  };
};

/** Segment's names of what becomes of orders. */
export const orders: Record<string, Mapping> = {
  'Order Completed': completed,
  'Completed Order': completed,
  'Order Updated': (properties) => ({ type: 'order.updated', data: orderOf(properties) }),
  'Order Cancelled': (properties) => ({
    type: 'order.cancelled',
    data: { orderId: properties.id('order_id'), reason: properties.text(200, 'reason') },
  }),
  'Order Refunded': refunded,
};
