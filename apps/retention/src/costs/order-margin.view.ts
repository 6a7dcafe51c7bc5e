import type { AnalystView } from '@perennial/read-models';
import { converted } from '../money/conversion.view.js';
import { ordersOfCustomers } from '../purchases/order.facts.js';
import { returnsOfCustomers } from '../purchases/order-return.facts.js';

/** SQL: the condition under which a rate of a day, called `k`, is that of an order's day, or of another. */
const onItsDay = (currency: string, day = 'ordered.day') => `k.currency = ${currency} and k.day = ${day}`;

/**
 * What each order left, in the reporting currency. Everything of an order is converted by the rates of the
 * day on which it was placed, so that an order that comes back whole leaves no gain or loss of exchange.
 * While no cost was ever stated, no line is looked at; rates are looked up once a day, not once a line.
 *
 * A return that names none of the customer's orders is put against those up to then, each in the proportion of what is
 * left of it; one before any of which something is left, against the first of those after it. Where r is what is left of an order, u a later return and R(u) all
 * that is left of the orders up to it, the order's part is r times the sum of u / R(u): one pass, not one a return.
 */
export const orderMargins: AnalystView = {
  name: 'order_margin',
  comment:
    'One row an order that was placed and not cancelled: what it brought and what it cost, in the reporting currency, by the exchange rates of the day on which it was placed.',
  columns: {
    customer_id: 'the customer',
    order_id: 'order number',
    placed_at: 'when it was placed',
    day: 'day on which it was placed, in UTC',
    currency: 'currency in which it was paid: ISO 4217 code',
    total: 'its total in that currency',
    reporting_currency: 'currency of all columns that follow; empty without an exchange rate for the day',
    revenue: 'its total',
    refunded:
      'what was paid back for it, and its part, to 6 decimals, of returns that name no order: they are put against the orders up to then, in proportion',
    goods_cost:
      'cost of its goods: stated for the order, or that of its products on the day; empty unless all of them are known. Goods that came back cost nothing: it is less in the proportion of what was paid back',
    costed_share:
      'share of the value of its products whose cost is known: 0 to 1; 1 if the cost of its goods was stated',
    other_cost: 'other costs stated for it: shipping, payment, service, other',
    margin: 'revenue less refunds and all costs; empty unless the cost of its goods is known',
    contribution: 'margin where it is known, else revenue less refunds and other costs',
  },
  sql: `
    with ordered as materialized (
      select *, (placed_at at time zone 'UTC')::date as day
        from (${ordersOfCustomers({ order: 'retention_tables."order"', where: 'true', lines: true })}) o
    ), returned as materialized (
      select r.*, (r.returned_at at time zone 'UTC')::date as returned_on, o.day as day_of_order
        from (${returnsOfCustomers({ order: 'retention_tables."order"', orderReturn: 'retention_tables.order_return', where: 'true' })}) r
        left join ordered o using (customer_id, order_id)
    ), rate as materialized (
      select d.day, k.*
        from (select day from ordered union select returned_on from returned where day_of_order is null) d
        join conversion k on k.valid_from <= d.day and d.day < k.valid_until
       where k.currency in (select currency from ordered union select currency from returned
                            union select currency from product_cost union select currency from order_cost)
    ), goods as (
      select customer_id, order_id, sum(${converted('(line ->> 1)::numeric * c.cost', 'k')}) as cost,
             sum((line ->> 1)::numeric * (line ->> 2)::numeric) as worth,
             sum((line ->> 1)::numeric * (line ->> 2)::numeric) filter (where k.multiply is not null) as costed,
             bool_and(k.multiply is not null) as complete
        from ordered cross join lateral jsonb_array_elements(lines) line
        left join product_cost_period c
          on c.sku = line ->> 0 and c.valid_from <= ordered.day and ordered.day < c.valid_until
        left join rate k on ${onItsDay('c.currency')}
       where exists (select from product_cost)
       group by customer_id, order_id
    ), stated as (
      select customer_id, order_id,
             sum(${converted('c.cost', 'k')}) filter (where kind = 'goods') as goods,
             sum(${converted('c.cost', 'k')}) filter (where kind <> 'goods') as other
        from order_cost c join ordered using (order_id)
        left join rate k on ${onItsDay('c.currency')}
       group by customer_id, order_id
    ), paid_back as (
      select customer_id, order_id, sum(${converted('amount', 'k')}) as amount
        from returned join rate k on ${onItsDay('returned.currency', 'day_of_order')}
       group by customer_id, order_id
    ), taken as (
      select ordered.*, k.reporting_currency, ${converted('total', 'k')} as revenue, coalesce(paid_back.amount, 0) as paid_back
        from ordered
        left join paid_back using (customer_id, order_id)
        left join rate k on ${onItsDay('ordered.currency')}
    ), without_order as (
      select customer_id, returned_at, ${converted('amount', 'k')} as amount
        from returned join rate k on ${onItsDay('returned.currency', 'returned_on')}
       where day_of_order is null
    ), remaining as (
      select customer_id, order_id, placed_at, revenue - paid_back as amount
        from taken where revenue > paid_back and customer_id in (select customer_id from without_order)
    ), happened as (
      select customer_id, order_id, placed_at as at, amount as remaining, null::numeric as paid_back from remaining
      union all
      select customer_id, null, greatest(returned_at, first_at), null, amount
        from without_order
        join (select customer_id, min(placed_at) as first_at from remaining group by customer_id) bought using (customer_id)
    ), part as (
      select *, paid_back / sum(remaining) over (partition by customer_id order by at) as part from happened
    ), allotted as (
      select customer_id, order_id, round(remaining * parts, 6) as amount
        from (select *, sum(part) over (partition by customer_id order by at desc) as parts from part) summed
       where order_id is not null and parts > 0
    ), brought as (
      select customer_id, order_id, placed_at, day, currency, total, reporting_currency, revenue,
             paid_back + coalesce(allotted.amount, 0) as refunded,
             case when revenue > 0 then least((paid_back + coalesce(allotted.amount, 0)) / revenue, 1) else 0 end as came_back
        from taken left join allotted using (customer_id, order_id)
    ), costed as (
      select brought.*, coalesce(stated.other, 0) as other_cost,
             round(coalesce(stated.goods, case when goods.complete then goods.cost end) * (1 - came_back), 6) as goods_cost,
             case when stated.goods is not null or goods.complete then 1
                  else coalesce(round(goods.costed / nullif(goods.worth, 0), 4), 0) end as costed_share
        from brought left join goods using (customer_id, order_id) left join stated using (customer_id, order_id)
    )
    select customer_id, order_id, placed_at, day, currency, total, reporting_currency, revenue, refunded,
           goods_cost, costed_share, other_cost, revenue - refunded - goods_cost - other_cost,
           revenue - refunded - coalesce(goods_cost, 0) - other_cost
      from costed`,
};
