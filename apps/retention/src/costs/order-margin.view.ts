import type { AnalystView } from '@perennial/read-models';
import { converted } from '../money/conversion.view.js';
import { ordersOfCustomers } from '../purchases/order.facts.js';

/** SQL: the condition under which a rate of a day, called `k`, is that of an order's day. */
const onItsDay = (currency: string) => `k.currency = ${currency} and k.day = ordered.day`;

/**
 * What each order left, in the reporting currency. Everything of an order is converted by the rates of the
 * day on which it was placed, so that an order that comes back whole leaves no gain or loss of exchange.
 * While no cost was ever stated, no line is looked at; rates are looked up once a day, not once a line.
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
    refunded: 'what was paid back for it, at most the revenue',
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
    ), rate as materialized (
      select d.day, k.*
        from (select distinct day from ordered) d
        join conversion k on k.valid_from <= d.day and d.day < k.valid_until
       where k.currency in (select currency from ordered union select currency from product_cost
                            union select currency from order_cost)
    ), returned as (
      select distinct on (customer_id, return_id) customer_id, return_id, order_id, currency, amount
        from retention_tables.order_return join subject using (subject_id)
       order by customer_id, return_id, amount_stamp desc
    ), paid_back as (
      select customer_id, order_id, currency, sum(amount) as refunded
        from returned where order_id is not null group by customer_id, order_id, currency
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
    ), brought as (
      select customer_id, order_id, placed_at, ordered.day, ordered.currency, total, k.reporting_currency,
             ${converted('total', 'k')} as revenue,
             least(coalesce(${converted('refunded', 'k')}, 0), ${converted('total', 'k')}) as refunded,
             case when total > 0 then least(coalesce(refunded, 0) / total, 1) else 0 end as came_back
        from ordered
        left join paid_back using (customer_id, order_id, currency)
        left join rate k on ${onItsDay('ordered.currency')}
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
