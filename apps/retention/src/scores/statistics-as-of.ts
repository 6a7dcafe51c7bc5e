import { ordersOfCustomers } from '../purchases/order.facts.js';
import { dayNumber } from './day.js';
import { NO_BAND } from './statistics.js';

const dayOf = (time: string) => `(${time} at time zone 'UTC')::date - date '1970-01-01'`;

/**
 * What all customers, or those of a condition on `customer_id`, had bought until the end of a day, counted from their
 * orders; for a score as of another day than today's. Amounts in `currency`, less what was paid back until then.
 */
export function statisticsAsOfSql({
  asOf,
  currency,
  where = 'true',
}: {
  asOf: string;
  currency: string;
  where?: string;
}): string {
  const last = dayNumber(asOf);
  return `
  with order_day as (
    select customer_id, ${dayOf('placed_at')} as day, sum(total) filter (where currency = '${currency}') as value
      from (${ordersOfCustomers({ order: '"order"', where })}) ordered
     where ${dayOf('placed_at')} <= ${last}
     group by 1, 2
  ), returned as (
    select distinct on (customer_id, return_id) customer_id, amount, currency, returned_at
      from order_return join subject using (subject_id)
     where ${where}
     order by customer_id, return_id, amount_stamp desc
  ), paid_back as (
    select customer_id, sum(amount) as amount
      from returned where currency = '${currency}' and ${dayOf('returned_at')} <= ${last}
     group by 1
  ), bought as (
    select customer_id, min(day) as first_day, max(day) as last_day, count(*) as order_days, sum(value) as value
      from order_day group by 1
  )
  select customer_id, first_day, last_day, order_days, greatest(0, value - coalesce(amount, 0)) as value,
         ${NO_BAND} as announced
    from bought left join paid_back using (customer_id)`;
}
