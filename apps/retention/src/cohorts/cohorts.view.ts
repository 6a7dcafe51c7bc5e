import type { AnalystView } from '@perennial/read-models';

/** Customers by the month of their first order, and what they bought in the months after. */
export const cohorts: AnalystView = {
  name: 'cohorts',
  comment:
    'Customers by the month of their first order (UTC), and what each such cohort bought in the months after. Months without orders have no row.',
  columns: {
    currency: 'currency of the amounts: ISO 4217 code',
    cohort: 'first day of the month of the first order',
    months_since: 'months between that month and the month of the orders: 0, 1, 2 …',
    cohort_customers: 'customers whose first order was in that month',
    customers: 'those of them with orders in this month',
    share: 'customers divided by cohort_customers: 0 to 1',
    orders: 'their orders in this month',
    revenue: 'total of these orders',
  },
  sql: `
    with bought as (
      select customer_id, currency, orders, revenue,
             date_trunc('month', day::timestamp)::date as month,
             date_trunc('month', min(day) over (partition by customer_id, currency)::timestamp)::date as cohort
        from purchase_day
    ), by_month as (
      select currency, cohort,
             (extract(year from month)::int - extract(year from cohort)::int) * 12
               + extract(month from month)::int - extract(month from cohort)::int as months_since,
             count(distinct customer_id)::int as customers, sum(orders)::int as orders, sum(revenue) as revenue
        from bought
       group by currency, cohort, month
    )
    select currency, cohort, months_since,
           first_value(customers) over cohorts, customers,
           round(customers::numeric / first_value(customers) over cohorts, 4), orders, revenue
      from by_month
    window cohorts as (partition by currency, cohort order by months_since)
     order by currency, cohort, months_since`,
};
