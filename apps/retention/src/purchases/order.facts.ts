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
}

export const orders = facts(Order, {
  'order.placed': ({ data, time }) => ({
    orderId: data.orderId,
    placedAt: time,
    total: data.total.amount,
    currency: data.total.currency,
  }),
  'order.updated': ({ data }) => ({
    orderId: data.orderId,
    total: data.total.amount,
    currency: data.total.currency,
  }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
});

/**
 * Query of the orders that count, one row a customer and order: an order reported under two identifiers of a
 * customer is one, with what was stated last of it under either.
 */
export const ordersOfCustomers = ({ order, where }: { order: string; where: string }) => `
      select customer_id, order_id, min(placed_at) as placed_at,
             (array_agg(total order by total_stamp desc nulls last))[1] as total,
             (array_agg(currency order by total_stamp desc nulls last))[1] as currency
        from ${order} join subject using (subject_id)
       where ${where}
       group by customer_id, order_id
      having min(placed_at) is not null and min(cancelled_at) is null`;
