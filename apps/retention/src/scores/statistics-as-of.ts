import { knownFacts, type Known } from '../moments/known-facts.js';
import { ordersOfCustomers } from '../purchases/order.facts.js';
import { returnsOfCustomers } from '../purchases/order-return.facts.js';
import { orderMarginsOf, orderValue, type ValueBasis } from './customer-value.js';
import { dayNumberOf, NO_BAND } from './statistics.js';

/**
 * What all customers, or those of a condition on `customer_id`, had bought by the end of a day, counted from their
 * orders, in the sequence of their ids.
 */
export const statisticsAsOfSql = (basis: ValueBasis, known: Known, where = 'true'): string => `
  with ${knownFacts(known)},
  order_day as (${basis.byOrder ? byOrder(basis, where) : byRevenue(basis, where)}),
  bought as (
    select customer_id, min(day) as first_day, max(day) as last_day, count(distinct day) as order_days, sum(value) as value
      from order_day group by 1
  )
  select customer_id, first_day, last_day, order_days, greatest(0, value) as value, ${NO_BAND} as announced
    from bought where first_day is not null
   order by customer_id`;

/** Refunds have no day of an order: null is not counted, but their amounts are. */
const byRevenue = ({ currency, marginRate }: ValueBasis, where: string) => `
    select customer_id, ${dayNumberOf('placed_at')} as day,
           sum(total) filter (where currency = '${currency}') * ${marginRate} as value
      from (${ordersOfCustomers({ order: '"order"', where })}) ordered
     group by 1, 2
    union all
    select customer_id, null, -sum(amount) * ${marginRate}
      from (${returnsOfCustomers({ order: '"order"', orderReturn: 'order_return', where })}) returned
     where currency = '${currency}'
     group by 1`;

const byOrder = (basis: ValueBasis, where: string) => `
    select customer_id, ${dayNumberOf('placed_at')} as day, sum(${orderValue(basis)}) as value
      from (${orderMarginsOf(where, basis.currency)}) margins
     group by 1, 2`;
