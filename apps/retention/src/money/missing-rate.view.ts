import type { AnalystView } from '@perennial/read-models';
import { convertsOn } from './conversion.view.js';

/** What can't be reported until somebody publishes a rate: shown, so that it is not missed. */
export const missingRates: AnalystView = {
  name: 'missing_rate',
  comment:
    'One row a currency with orders on days for which no exchange rate is known: they have no value in the reporting currency.',
  columns: {
    currency: 'currency of the orders: ISO 4217 code',
    orders: 'orders without a rate',
    total: 'their total, in that currency',
    from: 'day of the first of them: a rate is needed from here on',
    until: 'day of the latest of them',
  },
  sql: `
    select p.currency, sum(orders)::int, sum(revenue), min(day), max(day)
      from purchase_day p
      left join conversion k on ${convertsOn('k', { currency: 'p.currency', day: 'p.day' })}
     where k.currency is null
     group by p.currency`,
};
