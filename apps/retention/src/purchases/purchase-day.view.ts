import type { AnalystView } from '@perennial/read-models';
import { ordersOfCustomers } from './order.facts.js';

/**
 * What each customer bought on each day: everything that depends on a date (cohorts, recency and frequency
 * as of some day) is read from here. Not a table: each order would rewrite all days of its customer.
 */
export const purchaseDays: AnalystView = {
  name: 'purchase_day',
  comment: 'One row a customer, currency and day (UTC) with orders that were placed and not cancelled.',
  columns: {
    customer_id: 'the customer',
    currency: 'currency of the orders: ISO 4217 code',
    day: 'day on which the orders were placed, in UTC',
    orders: 'orders of that day',
    revenue: 'their total',
  },
  sql: `
    select customer_id, currency, (placed_at at time zone 'UTC')::date as day, count(*)::int, sum(total)
      from (${ordersOfCustomers({ order: 'retention_tables."order"', where: 'true' })}) ordered
     group by customer_id, currency, day`,
};
