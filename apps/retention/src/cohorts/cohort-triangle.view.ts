import type { AnalystView } from '@perennial/read-models';
import { lastOrderDay } from '../moments/as-of.js';
import { converted, convertsOn } from '../money/conversion.view.js';
import { firstDayOf, periodOf, type PeriodUnit } from './period.js';

/** SQL: what each customer bought in each period, in the reporting currency; `period` counts on. */
export const boughtByPeriod = (unit: PeriodUnit) => `
      select customer_id, ${periodOf[unit]('day')} as period, sum(orders)::int as orders,
             coalesce(sum(${converted('revenue', 'k')}), 0) as revenue
        from purchase_day p
        left join conversion k on ${convertsOn('k', { currency: 'p.currency', day: 'p.day' })}
       group by customer_id, period`;

/**
 * Cohorts and all periods after their first, also those without orders: the triangle. A period is complete
 * when a later one has orders; figures of the last one still grow.
 */
export const cohortTriangleSql = (unit: PeriodUnit) => `
    with bought as materialized (${boughtByPeriod(unit)}
    ), entered as (
      select customer_id, min(period) as cohort from bought group by customer_id
    ), size as (
      select cohort, count(*)::int as customers from entered group by cohort
    ), cell as (
      select cohort, period - cohort as since, count(*)::int as customers, sum(orders)::int as orders,
             sum(revenue) as revenue
        from bought join entered using (customer_id)
       group by cohort, since
    ), last as (
      select ${periodOf[unit](lastOrderDay)} as period
    )
    select ${firstDayOf[unit]('cohort')} as cohort, since, size.customers as cohort_customers,
           coalesce(cell.customers, 0) as customers,
           round(coalesce(cell.customers, 0)::numeric / size.customers, 4) as retention,
           coalesce(cell.orders, 0) as orders, coalesce(cell.revenue, 0) as revenue,
           sum(coalesce(cell.revenue, 0)) over cumulated as cumulative_revenue,
           round(sum(coalesce(cell.revenue, 0)) over cumulated / size.customers, 2) as cumulative_revenue_per_customer,
           cohort + since < last.period as complete
      from size cross join last cross join lateral generate_series(0, last.period - cohort) since
      left join cell using (cohort, since)
    window cumulated as (partition by cohort order by since)`;

export const cohortTriangle: AnalystView = {
  name: 'cohort_triangle',
  comment:
    'Customers by the month of their first order (UTC), and every month after it up to the last one with orders: who came back, and what they brought, in the reporting currency (orders without an exchange rate bring 0).',
  columns: {
    cohort: 'first day of the month of the first order',
    since: 'months since: 0, 1, 2 …',
    cohort_customers: 'customers whose first order was in that month',
    customers: 'those of them with orders in this month',
    retention: 'customers divided by cohort_customers: 0 to 1',
    orders: 'their orders in this month',
    revenue: 'total of these orders',
    cumulative_revenue: 'total of all orders of the cohort up to this month',
    cumulative_revenue_per_customer: 'that, divided by cohort_customers, to the cent',
    complete: 'false for the last month with orders: it may not be over',
  },
  sql: cohortTriangleSql('month'),
};
