import type { AnalystView } from '@perennial/read-models';
import { lastOrderDay } from '../moments/as-of.js';
import { boughtByPeriod } from './cohort-triangle.view.js';
import { firstDayOf, periodOf, type PeriodUnit } from './period.js';

/** How much of each period's business comes from customers of earlier periods. */
export const returningCustomersSql = (unit: PeriodUnit) => `
    with bought as (${boughtByPeriod(unit)}
    ), history as (
      select *, lag(period) over (partition by customer_id order by period) as before from bought
    ), counted as (
      select period, count(*)::int as customers, count(before)::int as came_back,
             (count(*) filter (where before = period - 1))::int as retained,
             sum(orders)::int as orders, sum(revenue) as revenue,
             coalesce(sum(revenue) filter (where before is not null), 0) as returning_revenue
        from history group by period
    )
    select ${firstDayOf[unit]('counted.period')} as period, counted.customers, counted.customers - counted.came_back as new_customers,
           counted.came_back as returning_customers, round(counted.came_back::numeric / counted.customers, 4) as returning_share,
           counted.retained as retained_customers, round(counted.retained::numeric / previous.customers, 4) as retention_rate,
           counted.orders, counted.revenue, counted.returning_revenue,
           round(counted.returning_revenue / nullif(counted.revenue, 0), 4) as returning_revenue_share,
           counted.period < ${periodOf[unit](lastOrderDay)} as complete
      from counted left join counted previous on previous.period = counted.period - 1
     order by counted.period`;

export const returningCustomers: AnalystView = {
  name: 'returning_customers',
  comment:
    'One row a month with orders (UTC): how many customers were new and how many came back, and what they brought, in the reporting currency.',
  columns: {
    period: 'first day of the month',
    customers: 'customers with orders in it',
    new_customers: 'those whose first order was in it',
    returning_customers: 'those who had bought in an earlier month',
    returning_share: 'returning_customers divided by customers: 0 to 1',
    retained_customers: 'those who had bought in the month just before',
    retention_rate: 'retained_customers divided by the customers of the month before; empty if it had none',
    orders: 'orders',
    revenue: 'total of the orders',
    returning_revenue: 'part of it from returning customers',
    returning_revenue_share: 'returning_revenue divided by revenue; empty without revenue',
    complete: 'false for the last month with orders: it may not be over',
  },
  sql: returningCustomersSql('month'),
};
