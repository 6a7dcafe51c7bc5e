import { partnerOf, skuKey, type EventData } from '@perennial/events';
import { FactTable, facts, Key, Latest, Min, SubjectKey } from '@perennial/read-models';

/** One row an order and identifier it was reported under, whoever told us of it and in whatever sequence. */
@FactTable('order', { comment: 'One row an order, as reported under one identifier of its customer.' })
export class Order {
  @SubjectKey('identifier that the order was reported under; joins "subject"') subjectId!: string;
  @Key('text', 'order number; the same under two identifiers of one customer is one order')
  orderId!: string;
  @Min('timestamptz', 'when it was placed; empty while only a change or a cancellation is known')
  placedAt?: string;
  @Min('timestamptz', 'when it was cancelled') cancelledAt?: string;
  @Latest('numeric', 'what the customer pays, as stated last; less discounts, without shipping and tax')
  total?: string;
  @Latest('text', 'currency of the total: ISO 4217 code') currency?: string;
  @Latest(
    'jsonb',
    'its products, as stated last: product code in capitals, pieces, price of one, category; see "order_line"',
  )
  lines?: string;
  @Min('text', 'where it was placed: web, store, phone …; of two statements the first in the alphabet')
  channel?: string;
  @Min('text', 'who sent the customer (utm_source): a partner, a newsletter …; likewise') source?: string;
  @Min('text', 'the source, where it is a partner: utm_medium is partner, affiliate or referral; likewise')
  partner?: string;
}

/** Postage, fees and vouchers are no products. */
const productLines = (lines: EventData<'order.placed'>['lines']): string =>
  JSON.stringify(
    lines.flatMap(({ sku, quantity, price, category, charge }) =>
      charge ? [] : [[skuKey(sku), quantity, price.amount, ...(category === undefined ? [] : [category])]],
    ),
  );

export const orders = facts(Order, {
  'order.placed': ({ data, time }) => ({
    orderId: data.orderId,
    placedAt: time,
    total: data.total.amount,
    currency: data.total.currency,
    lines: productLines(data.lines),
    channel: data.channel,
    source: data.campaign?.source,
    partner: partnerOf(data.campaign),
  }),
  'order.updated': ({ data }) => ({
    orderId: data.orderId,
    total: data.total.amount,
    currency: data.total.currency,
    lines: productLines(data.lines),
  }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
});

export interface OrdersWanted {
  /** Name of the order table. */
  order: string;
  where: string;
  /** Whether their products are wanted. */
  lines?: boolean;
}

/**
 * Query of the orders that count, one row a customer and order: an order reported under two identifiers of a
 * customer is one, with what was stated last of it under either.
 */
export const ordersOfCustomers = ({ order, where, lines = false }: OrdersWanted) => `
      select customer_id, order_id, min(placed_at) as placed_at,
             (array_agg(total order by total_stamp desc nulls last))[1] as total,
             (array_agg(currency order by total_stamp desc nulls last))[1] as currency${
               lines
                 ? ',\n             (array_agg(lines order by lines_stamp desc nulls last))[1] as lines'
                 : ''
             }
        from ${order} join subject using (subject_id)
       where ${where}
       group by customer_id, order_id
      having min(placed_at) is not null and min(cancelled_at) is null`;
