import type { AnalystView } from '@perennial/read-models';
import { lastOrderDay } from '../moments/as-of.js';

/** The columns of `recencyFrequencyValueSql`, with their meaning. */
const recencyFrequencyValueColumns = {
  customer_id: 'the customer',
  currency: 'currency of the amounts: ISO 4217 code',
  as_of: 'the day that everything in the row is computed for; orders after it are left out',
  first_order_on: 'day of the first order (UTC)',
  last_order_on: 'day of the latest order (UTC)',
  recency_days: 'days from the latest order to as_of',
  tenure_days: 'days from the first order to as_of',
  frequency: 'different days with orders after the first one',
  orders: 'orders',
  revenue: 'total of the orders: the value',
};

/** Recency, frequency and value of each customer as of a day: an SQL expression of type date. */
const recencyFrequencyValueSql = (asOf: string) => `
  select customer_id, currency, as_of, min(day) as first_order_on, max(day) as last_order_on,
         as_of - max(day) as recency_days, as_of - min(day) as tenure_days,
         count(*)::int - 1 as frequency, sum(orders)::int as orders, sum(revenue) as revenue
    from purchase_day, (select ${asOf} as as_of) moment
   where day <= as_of
   group by customer_id, currency, as_of`;

/** The segments, with what they mean. */
export const segmentNames = [
  'champion',
  'loyal',
  'at risk, valuable',
  'at risk',
  'new',
  'bought once',
] as const;

/**
 * Scores from 1 (lowest fifth) to 5 (highest fifth), after Hughes (1994): customers who are alike get the
 * same score, so a fifth may hold more or fewer than a fifth of them.
 */
const segmentsSql = (asOf: string) => `
  with known as (${recencyFrequencyValueSql(asOf)}),
  scored as (
    select known.*,
           ceil(5 * cume_dist() over (partition by currency order by recency_days desc))::int as recency_score,
           ceil(5 * cume_dist() over (partition by currency order by frequency))::int as frequency_score,
           ceil(5 * cume_dist() over (partition by currency order by revenue))::int as value_score
      from known
  )
  select customer_id, currency, as_of, recency_days, frequency, orders, revenue,
         recency_score, frequency_score, value_score,
         case
           when frequency = 0 then case when recency_score >= 4 then 'new' else 'bought once' end
           when recency_score >= 4 and value_score >= 4 then 'champion'
           when recency_score >= 3 then 'loyal'
           when value_score >= 4 then 'at risk, valuable'
           else 'at risk'
         end as segment
    from scored`;

/** The day in `$1`, or the last one with an order. */
const asOfDay = `coalesce($1::date, ${lastOrderDay})`;

/** How many customers each segment holds and what they bought, as of the day in `$1` or the last day with an order. */
export const segmentSizesSql = `
  select as_of::text as "asOf", currency, segment, count(*)::int as customers, sum(orders)::int as orders,
         sum(revenue)::text as revenue, round(avg(recency_days))::int as "averageRecencyDays"
    from (${segmentsSql(asOfDay)}) segmented
   group by as_of, currency, segment
   order by currency, sum(revenue) desc, segment`;

/** The customers of a segment (`$2`; of all if null), by revenue; after the key in `$3` to `$5`, at most `$6`. */
export const customersInSegmentsSql = `
  select customer_id as "customerId", as_of::text as "asOf", currency, segment, recency_days as "recencyDays",
         frequency, orders, revenue::text, recency_score as "recencyScore", frequency_score as "frequencyScore",
         value_score as "valueScore"
    from (${segmentsSql(asOfDay)}) s
   where ($2::text is null or segment = $2)
     and ($3::numeric is null or (s.revenue, customer_id, currency) < ($3::numeric, $4::uuid, $5))
   order by s.revenue desc, customer_id desc, currency desc limit $6`;

/** How many customers went from which segment to which between the days in `$1` and `$2`. */
export const segmentMovesSql = `
  select currency, before.segment as "from", after.segment as "to", count(*)::int as customers,
         sum(after.revenue - coalesce(before.revenue, 0))::text as "revenueBetween"
    from (${segmentsSql('$2::date')}) after
    left join (${segmentsSql('$1::date')}) before using (customer_id, currency)
   group by currency, before.segment, after.segment
   order by currency, count(*) desc, before.segment nulls first, after.segment`;

export const recencyFrequencyValue: AnalystView = {
  name: 'recency_frequency_value',
  comment: 'Recency, frequency and value of each customer as of the last day with an order.',
  columns: recencyFrequencyValueColumns,
  sql: recencyFrequencyValueSql(lastOrderDay),
};

export const segments: AnalystView = {
  name: 'segments',
  comment:
    'Each customer scored by fifths of recency, frequency and value (RFM), as of the last day with an order, and the segment that follows.',
  columns: {
    customer_id: recencyFrequencyValueColumns.customer_id,
    currency: recencyFrequencyValueColumns.currency,
    as_of: recencyFrequencyValueColumns.as_of,
    recency_days: recencyFrequencyValueColumns.recency_days,
    frequency: recencyFrequencyValueColumns.frequency,
    orders: recencyFrequencyValueColumns.orders,
    revenue: recencyFrequencyValueColumns.revenue,
    recency_score: 'fifth by recency: 5 bought most recently',
    frequency_score: 'fifth by frequency: 5 bought most often',
    value_score: 'fifth by revenue: 5 spent most',
    segment:
      'new: one day with orders, recency 4 or 5; bought once: one day with orders, longer ago; champion: came back, recency and value 4 or 5; loyal: came back, recency 3 to 5; at risk: came back, recency 1 or 2 (valuable: value 4 or 5)',
  },
  sql: segmentsSql(lastOrderDay),
};
