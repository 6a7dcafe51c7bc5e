import type { AnalystView } from '@perennial/read-models';

/** Computed from all customers' purchases only while nobody has set it. */
export const reportingCurrency: AnalystView = {
  name: 'reporting_currency',
  comment:
    'The currency in which values are reported: one row. While none is set it is the one with the most orders, without orders the one with the most subscriptions; without those there is no row.',
  columns: { currency: 'ISO 4217 code', set_at: 'when it was set; empty while none is set' },
  sql: `
    with setting as (
      select currency, set_at from reporting_currency_setting order by set_at desc, event_id desc limit 1
    ), used as (
      select currency, sum(orders) as orders, 0 as subscriptions from purchases group by currency
      union all
      select currency, 0, count(*) from retention_tables.subscription
       where currency is not null and not exists (select from purchases) group by currency
    ), most_used as (
      select currency from used where not exists (select from setting)
       order by orders desc, subscriptions desc, currency limit 1
    )
    select currency, set_at from setting
    union all
    select currency, null from most_used`,
};

/**
 * How to convert each currency into the reporting one, by period. A published rate is used in the direction
 * in which it was published where there is one, else the other way round; currencies that were never
 * published together go by way of a third. Which rate holds on a day depends on what was published for
 * that day and before, never on when somebody looks.
 */
export const conversions: AnalystView = {
  name: 'conversion',
  comment:
    'How an amount becomes one in the reporting currency, by currency and period: amount * multiply / divide. Join by currency and valid_from <= day < valid_until. Before the first rate of a currency there is no row.',
  columns: {
    currency: 'currency that is converted: ISO 4217 code',
    reporting_currency: 'currency that it becomes',
    valid_from: 'first day (UTC) on which it holds',
    valid_until: 'first day on which it no longer holds; infinity: until a later rate is published',
    multiply: 'multiply the amount by this …',
    divide: '… and divide it by this; 1 for a rate published in this direction, which makes it exact',
    by_way_of: 'the third currency, where the two were never published together',
  },
  sql: `
    with reporting as (select currency as target from reporting_currency),
    directed as (
      select base as source, quote as target, day, rate as multiply, 1::numeric as divide from exchange_rate
      union all
      select quote, base, day, 1, rate from exchange_rate
    ), leg as (
      select source, target, multiply, divide, day as valid_from,
             coalesce(lead(day) over (partition by source, target order by day), 'infinity') as valid_until
        from (select distinct on (source, target, day) * from directed
               order by source, target, day, divide <> 1) of_the_day
    ), direct as (
      select leg.* from leg join reporting using (target)
    ), third as (
      select first.source, min(first.target) as by_way_of
        from leg first join leg second on second.source = first.target
        join reporting on reporting.target = second.target
       where first.source <> reporting.target and first.source not in (select source from direct)
       group by first.source
    )
    select target, target, '-infinity'::date, 'infinity'::date, 1::numeric, 1::numeric, null::text from reporting
    union all
    select source, target, valid_from, valid_until, multiply, divide, null from direct
    union all
    select first.source, second.target, greatest(first.valid_from, second.valid_from),
           least(first.valid_until, second.valid_until), first.multiply * second.multiply,
           first.divide * second.divide, by_way_of
      from third join leg first on first.source = third.source and first.target = by_way_of
      join direct second on second.source = by_way_of
       and first.valid_from < second.valid_until and second.valid_from < first.valid_until`,
};

/**
 * SQL: an amount in the reporting currency, by a row of `conversion` that was joined as `by`. Exact; only
 * where it is divided it is rounded, to 6 decimals, after a division to 30.
 */
export const converted = (amount: string, by: string) =>
  `case when ${by}.divide = 1 then ${amount} * ${by}.multiply
        else round(${amount} * ${by}.multiply / ${by}.divide::numeric(60, 30), 6) end`;

/** SQL: the condition under which a row of `conversion`, called `by`, holds for a currency on a day. */
export const convertsOn = (by: string, { currency, day }: { currency: string; day: string }) =>
  `${by}.currency = ${currency} and ${by}.valid_from <= ${day} and ${day} < ${by}.valid_until`;
