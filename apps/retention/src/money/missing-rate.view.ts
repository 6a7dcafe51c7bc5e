import type { AnalystView } from '@perennial/read-models';
import { convertsOn } from './conversion.view.js';

/** What can't be reported until somebody publishes a rate: shown, so that it is not missed. */
export const missingRates: AnalystView = {
  name: 'missing_rate',
  comment:
    'One row a currency with orders or subscriptions on days for which no exchange rate is known: they have no value in the reporting currency.',
  columns: {
    currency: 'currency of the orders and subscriptions: ISO 4217 code',
    orders: 'orders without a rate',
    total: 'their total, in that currency',
    subscriptions: 'subscriptions that began on days without a rate',
    from: 'day of the first of them: a rate is needed from here on',
    until: 'day of the latest of them',
  },
  sql: `
    with amount as (
      select currency, day, orders, revenue as total, 0 as subscriptions from purchase_day
      union all
      select currency, started_on, 0, 0, 1 from subscription_life
    )
    select a.currency, sum(orders)::int, sum(total), sum(subscriptions)::int, min(day), max(day)
      from amount a
      left join conversion k on ${convertsOn('k', { currency: 'a.currency', day: 'a.day' })}
     where k.currency is null
     group by a.currency`,
};
