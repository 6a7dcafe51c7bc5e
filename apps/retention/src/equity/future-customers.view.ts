import type { AnalystView } from '@perennial/read-models';
import { FEWEST, MOST, SILENCE } from '../models/outliers.js';
import { relationshipDays } from '../scores/relationship.js';

/** Customers are expected to be won as fast as in so many days before, and for so many days. */
export const DAYS_OF_A_YEAR = 365;

/**
 * SQL: days in which the customers of the last year were won: since the first of them where there are no older ones, or so
 * few, and before so long a silence, that models do not learn from them (`outliersOf`): one order of 1900 does not make a
 * company old. `known` customers in all, the `older` ones before the year, these at least `least_older` days ago, the
 * others at most `longest`.
 */
const withinDays = `
    case when older > 0 and not (known >= ${FEWEST} and older <= greatest(1, floor(${MOST} * known))
                                 and least_older >= ${SILENCE} * longest and least_older - longest > ${DAYS_OF_A_YEAR})
         then ${DAYS_OF_A_YEAR} else greatest(1, coalesce(longest, 0)) end`;

/**
 * SQL: what is expected of the customers of a year to come. They are won as fast as the last ones, those of `won`
 * (`known`, `older`, `least_older` and `longest` as above; `won_customers`, `won_buyers` and `won_subscriptions`, of a year at
 * most), half a year from now on average; each is worth what a version of the models gives a new customer.
 */
export const futureOf = (won: string, version: string): string => `
    select version, fitted ->> 'currency' as currency, discount_rate, within_days, won_customers, won_buyers,
           round(won_customers * pace)::int as customers,
           case when won_customers > 0 then round((orders + subscriptions) / (half * won_customers * pace), 2) else 0 end as value_of_new_customer,
           round(orders, 2) as orders_equity, round(orders + subscriptions, 2) - round(orders, 2) as subscriptions_equity,
           round(orders + subscriptions, 2) as equity
      from (
        select model.version, fitted, won.*, within_days, rate.*, won_buyers * coalesce(new_buyer_value, 0) * pace * half as orders,
               coalesce((select sum(began.subscriptions * worth.value)
                           from jsonb_to_recordset(won_subscriptions) began ("periodDays" numeric, subscriptions numeric)
                           join jsonb_to_recordset(new_subscription_values) worth ("periodDays" numeric, value numeric)
                          using ("periodDays")), 0) * pace * half as subscriptions
          from (${won}) won cross join model
          cross join lateral (select ${withinDays} as within_days) days
          cross join lateral (select (fitted #>> '{assumptions,discountRate}')::numeric as discount_rate) assumed
          cross join lateral (select discount_rate, ${DAYS_OF_A_YEAR}::numeric / within_days as pace, 1 / sqrt(1 + discount_rate) as half) rate
         where model.version = (${version})
      ) expected`;

const isNew = `${relationshipDays} < ${DAYS_OF_A_YEAR}`;

/** Those who were won in the last year, or in as much of it as something is known of. */
const won = `
    select count(*) as known, count(*) filter (where not ${isNew}) as older,
           min(${relationshipDays}) filter (where not ${isNew}) + 1 as least_older,
           max(${relationshipDays}) filter (where ${isNew}) + 1 as longest,
           (count(*) filter (where ${isNew}))::int as won_customers,
           (count(*) filter (where ${isNew} and age_days is not null))::int as won_buyers,
           (select coalesce(jsonb_agg(began), '[]')
              from (select period_days as "periodDays", count(*) as subscriptions
                      from subscription_life join scores using (customer_id) cross join scoring
                     where ${isNew} and started_on <= scoring.as_of group by 1) began) as won_subscriptions
      from scores`;

/** What is expected of the customers of the next year. */
export const futureCustomers: AnalystView = {
  name: 'future_customers',
  comment:
    'Customers who are expected to be won within a year, and what they are worth today: one row. Taken for granted: as many are won a day as in the last year, half a year from now on average, and the models hold for them.',
  columns: {
    as_of: 'day that the scores know orders up to',
    model_version: 'version of the models; joins "models"',
    currency: 'currency of the amounts: ISO 4217 code',
    discount_rate: 'what money a year later is worth less: 0.1 is 10 % a year',
    within_days:
      'days in which the customers were won whose number it follows from: a year, or as much of it as is known, but for a few who came before a long silence',
    won_customers: 'customers whose first order or subscription was in these days',
    won_buyers: 'those of them who ordered',
    customers: 'customers expected within a year',
    value_of_new_customer: 'what a new customer is worth on the first day, with the first order or period',
    orders_equity: 'part of equity that comes of orders',
    subscriptions_equity: 'part of equity that comes of subscriptions',
    equity: 'what the customers of the next year are worth today',
  },
  sql: `
    select as_of, version, currency, discount_rate, within_days, won_customers, won_buyers, customers, value_of_new_customer,
           orders_equity, subscriptions_equity, equity
      from (${futureOf(won, 'select model_version from scoring')}) expected cross join scoring`,
};
