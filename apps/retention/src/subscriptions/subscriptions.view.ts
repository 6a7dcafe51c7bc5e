import type { AnalystView } from '@perennial/read-models';

const begins = {
  customer_id: 'the customer',
  subscription_id: 'subscription number',
  plan: 'what is subscribed to',
  price: 'price of one period',
  currency: 'currency of the price: ISO 4217 code',
  period_count: 'how many units one period lasts',
  period_unit: 'unit of the period: day, week, month or year',
  period_days: 'days of one period, on average: a month 30.436875, a year 365.2425',
  started_on: 'first day (UTC)',
};
const ends = {
  ends_on: 'day from which it is no more; empty unless cancelled',
  cancelled_on: 'day (UTC) of the latest notice; empty unless cancelled',
  involuntary: 'true: it was not paid, nobody gave notice; empty unless cancelled',
  reason: 'why it was cancelled',
};

/** What is known of each subscription but its renewals, of which there are many. */
export const subscriptionTerms = {
  name: 'subscription_terms',
  columns: { ...begins, ...ends },
  sql: `
    select customer_id, subscription_id, plan, price, currency, period_count, period_unit,
           period_count * case period_unit when 'day' then 1 when 'week' then 7
                                           when 'month' then 30.436875 else 365.2425 end,
           (started_at at time zone 'UTC')::date,
           case when cancelled then ends_on end,
           case when cancelled then (cancelled_at at time zone 'UTC')::date end,
           case when cancelled then involuntary end,
           case when cancelled then reason end
      from (
        select customer_id, subscription_id, min(started_at) as started_at,
             (array_agg(plan order by plan_stamp desc nulls last))[1] as plan,
             (array_agg(price order by plan_stamp desc nulls last))[1] as price,
             (array_agg(currency order by plan_stamp desc nulls last))[1] as currency,
             (array_agg(period_count order by plan_stamp desc nulls last))[1] as period_count,
             (array_agg(period_unit order by plan_stamp desc nulls last))[1] as period_unit,
             (array_agg(cancelled order by cancelled_stamp desc nulls last))[1] as cancelled,
             (array_agg(ends_on order by ends_on_stamp desc nulls last))[1] as ends_on,
             max(cancelled_at) as cancelled_at,
             (array_agg(involuntary order by ends_on_stamp desc nulls last))[1] as involuntary,
             (array_agg(reason order by ends_on_stamp desc nulls last))[1] as reason
        from retention_tables.subscription join subject using (subject_id)
       where true
       group by customer_id, subscription_id
      having min(started_at) is not null
      ) told`,
};

/**
 * Subscriptions as contractual models need them (Fader & Hardie 2007): how many renewals each customer has
 * made and whether it has ended. Whether one that ends on a day has ended "today" is left to who reads.
 */
export const subscriptionLives: AnalystView = {
  name: 'subscription_life',
  comment:
    'One row a customer and subscription: its terms, when it began, how often it was renewed, when it ends. On a day it is alive if started_on <= day and (ends_on is null or day < ends_on).',
  columns: {
    ...begins,
    renewals: 'renewals reported',
    last_renewed_for: 'first day of the latest period it was renewed for; empty if never renewed',
    ...ends,
  },
  sql: `
    with ${subscriptionTerms.name} (${Object.keys(subscriptionTerms.columns).join(', ')}) as (${subscriptionTerms.sql}
    ), renewed as (
      select customer_id, subscription_id, count(distinct period_from)::int as renewals,
             max(period_from) as last_renewed_for
        from subscription_renewal join subject using (subject_id)
       where true
       group by customer_id, subscription_id
    )
    select ${Object.keys(begins).join(', ')}, coalesce(renewals, 0), last_renewed_for, ${Object.keys(ends).join(', ')}
      from ${subscriptionTerms.name} left join renewed using (customer_id, subscription_id)`,
};
