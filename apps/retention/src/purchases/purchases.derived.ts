import { Column, CustomerKey, DerivedKey, DerivedTable } from '@perennial/read-models';
import { OrderReturn, returnsOfCustomers } from './order-return.facts.js';
import { Order, ordersOfCustomers } from './order.facts.js';

/**
 * What each customer has bought and sent back: the input of every value model. Amounts of different
 * currencies can't be added, so a customer who paid in two has two rows; all others have one.
 */
@DerivedTable('purchases', {
  comment:
    'What each customer has bought and sent back: one row a customer and currency. A customer who only sent something back has a row with 0 orders.',
  from: [Order, OrderReturn],
  indexes: [['revenue', 'customerId']],
})
export class Purchases {
  @CustomerKey() customerId!: string;
  @DerivedKey('text', 'currency of all amounts in the row: ISO 4217 code') currency!: string;
  @Column('integer', { comment: 'orders placed and not cancelled' }) orders!: number;
  @Column('numeric', { comment: 'total of these orders, before anything was sent back' }) revenue!: string;
  @Column('timestamptz', { comment: 'first order; empty without orders' }) firstOrderAt?: string;
  @Column('timestamptz', { comment: 'latest order; empty without orders' }) lastOrderAt?: string;
  @Column('integer', { comment: 'different days (UTC) with orders; less one it is the frequency' })
  orderDays!: number;
  @Column('integer', { comment: 'returns, but those of cancelled orders' }) returns!: number;
  @Column('numeric', { comment: 'what was paid back for them' }) refunded!: string;
  @Column('numeric', { comment: 'revenue less what was paid back' }) netRevenue!: string;
  @Column('numeric', { comment: 'revenue divided by orders, to the cent; empty without orders' })
  averageOrderValue?: string;

  static sql = `
    with ordered as (${ordersOfCustomers({ order: '"order"', where: 'customer_id = any(:customers)' })}
    ), bought as (
      select customer_id, currency, count(*) as orders, sum(total) as revenue,
             min(placed_at) as first_order_at, max(placed_at) as last_order_at,
             count(distinct (placed_at at time zone 'UTC')::date) as order_days
        from ordered
       group by customer_id, currency
    ), returned as (${returnsOfCustomers({ order: '"order"', orderReturn: 'order_return', where: 'customer_id = any(:customers)' })}
    ), paid_back as (
      select customer_id, currency, count(*) as returns, sum(amount) as refunded
        from returned group by customer_id, currency
    )
    select customer_id, currency, coalesce(orders, 0), coalesce(revenue, 0), first_order_at, last_order_at,
           coalesce(order_days, 0), coalesce(returns, 0), coalesce(refunded, 0),
           coalesce(revenue, 0) - coalesce(refunded, 0), round(revenue / orders, 2)
      from bought full join paid_back using (customer_id, currency)`;
}
