import type { AnalystView } from '@perennial/read-models';
import { ordersOfCustomers } from '../purchases/order.facts.js';
import { returnsOfCustomers } from '../purchases/order-return.facts.js';
import { convertsOn } from './conversion.view.js';

/** What can't be reported until somebody publishes a rate: shown, so that it is not missed. */
export const missingRates: AnalystView = {
  name: 'missing_rate',
  comment:
    'One row a currency with orders, refunds or subscriptions on days for which no exchange rate is known: they have no value in the reporting currency.',
  columns: {
    currency: 'currency of the orders, refunds and subscriptions: ISO 4217 code',
    orders: 'orders without a rate',
    total: 'their total, in that currency',
    returns: 'refunds without a rate; one of a known order is converted by the rate of its day',
    refunded: 'what was paid back by them, in that currency: it is not taken off any value',
    subscriptions: 'subscriptions that began on days without a rate',
    from: 'day of the first of them: a rate is needed from here on',
    until: 'day of the latest of them',
  },
  sql: `
    with returned as (${returnsOfCustomers({ order: 'retention_tables."order"', orderReturn: 'retention_tables.order_return', where: 'true' })}
    ), ordered as (${ordersOfCustomers({
      order: 'retention_tables."order"',
      where: '(customer_id, order_id) in (select customer_id, order_id from returned)',
    })}
    ), amount as (
      select currency, day, orders, revenue as total, 0 as returns, 0 as refunded, 0 as subscriptions from purchase_day
      union all
      select returned.currency, (coalesce(placed_at, returned_at) at time zone 'UTC')::date, 0, 0, 1, amount, 0
        from returned left join ordered using (customer_id, order_id)
      union all
      select currency, started_on, 0, 0, 0, 0, 1 from subscription_life
    )
    select a.currency, sum(orders)::int, sum(total), sum(returns)::int, sum(refunded), sum(subscriptions)::int, min(day), max(day)
      from amount a
      left join conversion k on ${convertsOn('k', { currency: 'a.currency', day: 'a.day' })}
     where k.currency is null
     group by a.currency`,
};
