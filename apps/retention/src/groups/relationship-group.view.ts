import type { AnalystView } from '@perennial/read-models';
import { conversions, converted, convertsOn } from '../money/conversion.view.js';
import { relationshipDays } from '../scores/relationship.js';
import { HYSTERESIS } from './group-thresholds.facts.js';
import { groupsThatAre, groupSql } from './group.js';

/** While none is set, a customer is profitable who leaves as much in a year as so many average order days. */
const ORDER_DAYS_A_YEAR = 2;
/** … or, where nobody orders, as much as an average subscription brings in so much of a year. */
const SUBSCRIBED_YEARS = 0.5;
const LOYALTY = 0.5;

/**
 * The thresholds in force, in the currency of the scores: one row once there are models. While none are set they
 * follow from the model's version, so that they move only with a new one. A setting that can't be told in that currency
 * waits for a rate; what was in force before it stays.
 */
export const thresholdsInForce: AnalystView = {
  name: 'group_thresholds_in_force',
  comment: 'The thresholds by which customers are grouped at present: one row, as soon as there are models.',
  columns: {
    value_per_year: 'value in a year of the relationship from which on a customer is profitable',
    currency: 'its currency, that of the scores: ISO 4217 code',
    loyalty: 'probability of an order within the horizon from which on a customer is loyal',
    value_hysteresis: 'part of the value by which the threshold must be crossed before a group is left',
    loyalty_hysteresis: 'by how much the probability must lie on the other side before a group is left',
    set_by: 'the event that set them; empty: none are set, they follow from the model',
    set_at: 'when they were set',
    waiting_set_by: 'the event of a later setting that is not in force yet; empty: none is',
    waiting_for: 'the exchange rate that it waits for, in words',
    model_version: 'version of the models in force',
    as_of: 'day that the scores know orders up to',
  },
  sql: `
    with model_in_force as (
      select s.as_of, m.version, m.fitted ->> 'currency' as currency,
             round(coalesce(${ORDER_DAYS_A_YEAR} * (m.fitted ->> 'averageValue')::numeric, ${SUBSCRIBED_YEARS} * subscribed.value_per_year, 0), 2) as usual
        from scoring s join model m on m.version = s.model_version
       cross join lateral (
         select sum(subscriptions * "averageFee" * 365.2425 / (renewal ->> 'unitDays')::numeric) / sum(subscriptions) as value_per_year
           from jsonb_to_recordset(m.fitted -> 'subscriptions') term (subscriptions numeric, "averageFee" numeric, renewal jsonb)
       ) subscribed
    ), reporting_currency (currency) as (
      select currency from model_in_force
    ), ${conversions.name} (${Object.keys(conversions.columns).join(', ')}) as (${conversions.sql}
    ), setting as (
      select t.*, (set_at at time zone 'UTC')::date as day from group_thresholds t
    ), told as (
      select setting.*, case when setting.currency = m.currency then setting.value_per_year
                             else round(${converted('setting.value_per_year', 'k')}, 2) end as value
        from setting cross join model_in_force m
        left join conversion k on ${convertsOn('k', { currency: 'setting.currency', day: 'setting.day' })}
    ), latest as (
      select * from told order by set_at desc, event_id desc limit 1
    ), set_in_currency as (
      select * from told where value is not null order by set_at desc, event_id desc limit 1
    )
    select coalesce(s.value, m.usual), m.currency, coalesce(s.loyalty, ${LOYALTY}),
           coalesce(s.value_hysteresis, ${HYSTERESIS.value}), coalesce(s.loyalty_hysteresis, ${HYSTERESIS.loyalty}),
           s.event_id, s.set_at, waiting.event_id,
           'an exchange rate between ' || waiting.currency || ' and ' || m.currency || ' for ' || waiting.day || ' or a day before',
           m.version, m.as_of
      from model_in_force m left join set_in_currency s on true
      left join latest waiting on waiting.value is null`,
};

/** A customer younger than a year is judged by what it left so far: one large order is no large order every month. */
const valuePerYear = `round(value_so_far * 365 / greatest(${relationshipDays}, 365), 2)`;

const leftOnlyBy = (value: string, threshold: string, hysteresis: string, property: 'profitable' | 'loyal') =>
  `${value} >= case when announced is null then ${threshold}
                    when announced in (${groupsThatAre(property)}) then ${threshold} - ${hysteresis}
                    else ${threshold} + ${hysteresis} end`;

export const relationshipGroups: AnalystView = {
  name: 'relationship_group',
  comment:
    'One row a customer who was scored: its relationship group by profitability and projected loyalty, after Reinartz and Kumar (2002).',
  columns: {
    customer_id: 'the customer',
    group:
      'true friend: profitable and loyal; butterfly: profitable, not loyal; barnacle: loyal, not profitable; stranger: neither',
    value_per_year:
      'value so far for one year of the relationship; for customers younger than a year the value so far itself',
    loyalty:
      'probability of an order within the horizon, or of a subscription that outlasts it: 1 less the churn risk',
    expected_value: 'value expected within the horizon',
    currency: 'currency of the values: ISO 4217 code',
    as_of: 'day that the score knows orders up to',
    model_version: 'version of the models',
    announced: 'the group that was announced last (group.changed); empty if it never changed',
  },
  sql: `
    with last_change as (
      select distinct on (customer_id) customer_id, c."to" as announced
        from group_change c join subject using (subject_id)
       order by customer_id, decided_at desc, event_id desc
    ), measured as (
      select s.*, ${valuePerYear} as value_per_year, 1 - churn_risk as loyalty, announced
        from scores s left join last_change using (customer_id)
    )
    select customer_id,
           ${groupSql(
             // Who leaves nothing is not profitable, even where nobody leaves anything.
             `m.value_per_year > 0 and ${leftOnlyBy(
               'm.value_per_year',
               't.value_per_year',
               't.value_per_year * t.value_hysteresis',
               'profitable',
             )}`,
             leftOnlyBy('m.loyalty', 't.loyalty', 't.loyalty_hysteresis', 'loyal'),
           )},
           m.value_per_year, m.loyalty, expected_value, m.currency, m.as_of, m.model_version, announced
      from measured m cross join group_thresholds_in_force t`,
};
