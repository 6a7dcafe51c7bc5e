import { createHash } from 'node:crypto';
import type { EventOf } from '@perennial/events';
import { addDecimals, multiplyDecimals } from '@perennial/read-models';
import { inCurrency } from './amount.js';
import type { Invoice } from './invoices.js';
import type { Product, ReadLine } from './line.reader.js';

type Imported = 'order.placed' | 'order.returned' | 'product.listed';

/** An event as it is sent: CloudEvents 1.0, JSON form. */
export type OutgoingEvent<Name extends Imported = Imported> = {
  [Each in Name]: Omit<EventOf<Each>, 'dataVersion'> & { specversion: '1.0' };
}[Name];

const specversion = '1.0';

/** The order or the return that an invoice is. Its id follows from the file alone. */
export const invoiceEvent = (invoice: Invoice, source: string): OutgoingEvent =>
  invoice.kind === 'order' ? orderPlaced(invoice, source) : orderReturned(invoice, source);

function orderPlaced({ id, lines }: Invoice, source: string): OutgoingEvent<'order.placed'> {
  const [{ subject, time, channel }] = lines;
  return {
    specversion,
    id: `order/${id}`,
    source,
    type: 'order.placed',
    subject,
    time,
    data: {
      orderId: id,
      total: { amount: totalOf(lines), currency: lines[0].currency },
      lines: lines.flatMap(({ product, charge, pieces, currency }) =>
        pieces.map(({ quantity, price }) => ({
          ...product,
          quantity: Number(quantity),
          price: { amount: price, currency },
          ...(charge && { charge }),
        })),
      ),
      ...(channel && { channel }),
    },
  };
}

function orderReturned({ id, lines }: Invoice, source: string): OutgoingEvent<'order.returned'> {
  const [{ subject, time }] = lines;
  return {
    specversion,
    id: `return/${id}`,
    source,
    type: 'order.returned',
    subject,
    time,
    data: {
      returnId: id,
      refund: { amount: totalOf(lines), currency: lines[0].currency },
      // Paid-back postage and discounts are part of the refund; only goods come back.
      lines: lines
        .filter(({ charge }) => !charge)
        .flatMap(({ product: { sku }, pieces, currency }) =>
          pieces.map(({ quantity, price }) => ({
            sku,
            quantity: Number(quantity),
            price: { amount: price, currency },
          })),
        ),
    },
  };
}

function totalOf(lines: Invoice['lines']): string {
  const amounts = lines.flatMap(({ pieces }) =>
    pieces.map(({ quantity, price }) => multiplyDecimals(quantity, price)),
  );
  return inCurrency(amounts.reduce(addDecimals, '0'), lines[0].currency);
}

/** Says that a product of this code is called so, as of the line. */
export function productEvent(line: ReadLine, source: string): OutgoingEvent<'product.listed'> {
  const { name = '', ...rest } = line.product;
  return {
    specversion,
    id: productEventId(line.product),
    source,
    type: 'product.listed',
    subject: `product:${rest.sku}`,
    time: line.time,
    data: { ...rest, name },
  };
}

/** One listing for each code and name. */
export function productEventId({ sku, name, category, brand }: Product): string {
  const words = createHash('sha256')
    .update(JSON.stringify([sku, name, category, brand]))
    .digest('hex');
  return `product/${words.slice(0, 32)}`;
}
