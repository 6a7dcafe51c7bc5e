import { Column, CustomerKey, DerivedKey, DerivedTable } from '@perennial/read-models';
import { Order } from './order.facts.js';

/**
 * What each customer bought on each day: everything that depends on a date (cohorts, recency and frequency
 * as of some day) is read from here. An order reported under two identifiers of a customer counts once.
 */
@DerivedTable('purchase_day', {
  comment: 'One row a customer, currency and day (UTC) with orders that were placed and not cancelled.',
  from: [Order],
})
export class PurchaseDay {
  @CustomerKey() customerId!: string;
  @DerivedKey('text', 'currency of the orders: ISO 4217 code') currency!: string;
  @DerivedKey('date', 'day on which the orders were placed, in UTC') day!: string;
  @Column('integer', { comment: 'orders of that day' }) orders!: number;
  @Column('numeric', { comment: 'their total' }) revenue!: string;
  @Column('timestamptz', { comment: 'first order of that day' }) firstOrderAt!: string;
  @Column('timestamptz', { comment: 'last order of that day' }) lastOrderAt!: string;

  static sql = `
    with ordered as (
      select customer_id, order_id, min(placed_at) as placed_at, min(cancelled_at) as cancelled_at,
             (array_agg(total order by total_stamp desc nulls last))[1] as total,
             (array_agg(currency order by currency_stamp desc nulls last))[1] as currency
        from "order" join subject using (subject_id)
       where customer_id = any(:customers)
       group by customer_id, order_id
    )
    select customer_id, currency, (placed_at at time zone 'UTC')::date as day,
           count(*), sum(total), min(placed_at), max(placed_at)
      from ordered
     where placed_at is not null and cancelled_at is null
     group by customer_id, currency, day`;
}
