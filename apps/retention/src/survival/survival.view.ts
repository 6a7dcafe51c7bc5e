import type { AnalystView } from '@perennial/read-models';
import { lastOrderDay } from '../moments/as-of.js';

/** What a curve can be of. */
export const durations = ['subscription', 'second-order', 'next-order'] as const;
export type Duration = (typeof durations)[number];

/** SQL: the last day of which something is known: an order, or a start, renewal or notice of a subscription. */
export const lastKnownDay = `(
      select greatest(${lastOrderDay}, max(started_on), max(last_renewed_for), max(cancelled_on))
        from subscription_life)`;

/** Days with orders of each customer, in whatever currency. */
const orderDays = `
      select customer_id, day, row_number() over days as number, lead(day) over days as next_day
        from (select distinct customer_id, day from purchase_day, moment where day <= as_of) bought
      window days as (partition by customer_id order by day)`;

/**
 * How long each lasted until the day in question, and whether it was over by then: one row each, with when it
 * began and a plan for subscriptions. Times are whole days.
 */
const durationSql: Record<Duration, string> = {
  subscription: `
      select plan, started_on as began_on, greatest(least(ends_on, as_of) - started_on, 0) as days,
             coalesce(ends_on <= as_of, false) as is_over
        from subscription_life, moment where started_on <= as_of`,
  'second-order': `
      select null::text as plan, day as began_on, coalesce(next_day, as_of) - day as days, next_day is not null as is_over
        from (${orderDays}) first_day, moment where number = 1`,
  'next-order': `
      select null::text as plan, day as began_on, coalesce(next_day, as_of) - day as days, next_day is not null as is_over
        from (${orderDays}) order_day, moment`,
};

/** How a curve is divided. */
export const divisions = ['none', 'plan', 'cohort'] as const;
export type Division = (typeof divisions)[number];

const groupSql: Record<Division, string> = {
  none: `'all'`,
  plan: `coalesce(plan, 'all')`,
  cohort: `extract(year from began_on)::text`,
};

/** Departures by group and days, as of the day in `$1` or the last one known. */
export const departuresSql = (of: Duration, by: Division, asOf = `coalesce($1::date, ${lastKnownDay})`) => `
    with moment as (select ${asOf} as as_of)
    select as_of, ${groupSql[by]} as "group", days, (count(*) filter (where is_over))::int as left,
           (count(*) filter (where not is_over))::int as censored
      from (${durationSql[of]}) duration, moment
     group by as_of, "group", days`;

/** The product-limit estimate (Kaplan & Meier 1958) in SQL, for analysts; its intervals are in the HTTP API. */
export const survivalCurves: AnalystView = {
  name: 'survival_curve',
  comment:
    'How long subscriptions last, how long customers take to their second order, and to each next one: Kaplan-Meier estimates as of the last day known. Who has not left by then is censored, not counted as staying for ever.',
  columns: {
    of: 'subscription: start to end; second-order: first to second day with orders; next-order: each day with orders to the next',
    group: 'the plan of subscriptions; all for orders',
    days: 'days since it began',
    at_risk: 'how many were still observed just before',
    left: 'how many ended, or ordered again, after exactly so many days',
    censored: 'how many were last seen after exactly so many days',
    survival: 'share that lasts longer: 0 to 1',
  },
  sql: durations
    .map(
      (of) => `
    select '${of}', "group", days, at_risk, "left", censored,
           case when bool_or("left" = at_risk) over sequence then 0
                else round(exp(sum(ln(1 - case when "left" = at_risk then 0 else "left"::numeric / at_risk end)) over sequence), 6) end
      from (select *, (sum("left" + censored) over (partition by "group" order by days desc))::int as at_risk
              from (${departuresSql(of, of === 'subscription' ? 'plan' : 'none', lastKnownDay)}) departed) observed
    window sequence as (partition by "group" order by days)`,
    )
    .join('\n    union all'),
};
