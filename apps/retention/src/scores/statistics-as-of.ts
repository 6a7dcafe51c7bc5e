import { ordersOfCustomers } from '../purchases/order.facts.js';
import { orderMarginsOf, orderValue, type ValueBasis } from './customer-value.js';
import { dayNumber } from './day.js';
import { dayNumberOf, NO_BAND } from './statistics.js';

/**
 * What all customers, or those of a condition on `customer_id`, had bought until the end of a day, counted from their
 * orders, in the sequence of their ids. Costs are those that are known now.
 */
export function statisticsAsOfSql(basis: ValueBasis, asOf: string, where = 'true'): string {
  const last = dayNumber(asOf);
  return `
  with order_day as (${basis.byOrder ? byOrder(basis, last, where) : byRevenue(basis, last, where)}),
  bought as (
    select customer_id, min(day) as first_day, max(day) as last_day, count(distinct day) as order_days, sum(value) as value
      from order_day group by 1
  )
  select customer_id, first_day, last_day, order_days, greatest(0, value) as value, ${NO_BAND} as announced
    from bought where first_day is not null
   order by customer_id`;
}

/** Refunds have no day of an order: null is not counted, but their amounts are. */
const byRevenue = ({ currency, marginRate }: ValueBasis, last: number, where: string) => `
    select customer_id, ${dayNumberOf('placed_at')} as day,
           sum(total) filter (where currency = '${currency}') * ${marginRate} as value
      from (${ordersOfCustomers({ order: '"order"', where })}) ordered
     where ${dayNumberOf('placed_at')} <= ${last}
     group by 1, 2
    union all
    select customer_id, null, -sum(amount) * ${marginRate}
      from (select distinct on (customer_id, return_id) customer_id, amount, currency, returned_at
              from order_return join subject using (subject_id)
             where ${where}
             order by customer_id, return_id, amount_stamp desc) returned
     where currency = '${currency}' and ${dayNumberOf('returned_at')} <= ${last}
     group by 1`;

const byOrder = (basis: ValueBasis, last: number, where: string) => `
    select customer_id, ${dayNumberOf('placed_at')} as day, sum(${orderValue(basis)}) as value
      from (${orderMarginsOf(where)}) margins
     where ${dayNumberOf('placed_at')} <= ${last}
     group by 1, 2`;
