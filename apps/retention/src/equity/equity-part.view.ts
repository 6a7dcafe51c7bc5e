import type { AnalystView } from '@perennial/read-models';
import { DISTANCE, FEWEST, MOST } from '../models/outliers.js';
import { relationshipDays } from '../scores/relationship.js';
import { DAYS_OF_A_YEAR } from './future-customers.view.js';

/** What equity is split by, and what becomes of the customers of the next year in such a split. */
export const DIMENSIONS = {
  channel: 'by part',
  source: 'by part',
  partner: 'by part',
  product: 'by part',
  category: 'by part',
  cohort: 'one part',
  group: 'none',
  risk: 'none',
} as const;

export type Dimension = keyof typeof DIMENSIONS;

const names = Object.keys(DIMENSIONS) as Dimension[];
const listed = (future: (typeof DIMENSIONS)[Dimension]) =>
  names
    .filter((name) => DIMENSIONS[name] === future)
    .map((name) => `'${name}'`)
    .join(', ');

/**
 * SQL: the share of a total that falls to the rows of a dimension by their weights. Rounded as they add up, so that
 * their sum is the total, exactly.
 */
export const apportioned = (total: string, weight: string, digits: number) => `
           coalesce(round(${total} * ${weight}_up_to / nullif(${weight}_of_all, 0), ${digits})
                    - round(${total} * (${weight}_up_to - ${weight}) / nullif(${weight}_of_all, 0), ${digits}), 0)`;

/** SQL: what `apportioned` needs of the weights. */
export const runningSums = (weight: string) => `
             sum(${weight}) over (partition by dimension) as ${weight}_of_all,
             sum(${weight}) over (partition by dimension order by part collate "C" nulls first rows unbounded preceding) as ${weight}_up_to`;

/** SQL: what a customer is worth since the first day, so many days ago: what it left, and what is to come, discounted to that day. */
const worthSince = (days: string) =>
  `round(greatest(0, value_so_far + lifetime_value * power(1 + f.discount_rate::float8, -(${days}) / 365.25)::numeric), 4)`;

/**
 * SQL: the most that one customer weighs where the next ones are split by the last. Whoever is worth so many times what all
 * others are that models would not learn from it (`outliersOf`) weighs as much as the dearest of the others; no row, or null: nobody is.
 */
const mostWeight = `
      select min(next) as most
        from (select worth, lead(worth) over falling as next, row_number() over falling as place, count(*) over () as positive
                from (select ${worthSince(relationshipDays)} as worth
                        from scores s cross join future f where ${relationshipDays} < ${DAYS_OF_A_YEAR}) won
               where worth > 0
              window falling as (order by worth desc)) dearest
       where positive >= ${FEWEST} and place <= greatest(1, floor(${MOST} * positive)) and worth >= ${DISTANCE} * next`;

/** SQL: of each dimension by itself, so that who asks for one waits for no other. */
const valuedBy = (dimension: Dimension) => `
      select '${dimension}' as dimension, "${dimension}"::text as part, count(*)::int as customers, sum(lifetime_value) as lifetime_value,
             ${
               DIMENSIONS[dimension] === 'by part'
                 ? `count(*) filter (where is_new) as won, coalesce(sum(least(worth, (select most from most_weight))) filter (where is_new), 0) as worth`
                 : '0 as won, 0 as worth'
             }
        from came group by "${dimension}"`;

/** Customer equity, of those who are there and those to come, split in every way. */
export const equityParts: AnalystView = {
  name: 'equity_part',
  comment:
    'Where customer equity comes from: of present customers, and of those who are expected within a year. One row a dimension and part; choose one dimension, its parts add up to the cent. Customers to come are split as those won in the days that their number follows from: by how many came by each part, and what these are worth since their first day (what they left, never below 0, and what is still to come, discounted to that day); one who is worth a hundred times what any other is weighs as much as the dearest of these. By cohort they are one part, "future". By group and risk they are in no part, as they have none yet: there the parts add up to present customers alone.',
  columns: {
    dimension: `what is split by: ${names.join(', ')}`,
    part: 'the channel, source, partner, product, category, month, group or band; empty: nobody said',
    customers: 'present customers',
    lifetime_value: 'their lifetime values together',
    future_customers: 'customers expected within a year; empty by group and risk',
    value_of_new_customer:
      'what a new one is worth on the first day, with the first order or period; empty where none was won lately, by group and risk',
    future_equity: 'what the customers of the next year are worth today; empty by group and risk',
    equity: 'both together',
    currency: 'currency of the amounts: ISO 4217 code',
  },
  sql: `
    with future as materialized (
      select * from future_customers
    ), came as not materialized (
      select e.*, e.as_of - e.won_on < ${DAYS_OF_A_YEAR} as is_new,
             ${worthSince('e.as_of - e.won_on')} as worth
        from customer_equity e cross join future f
    ), most_weight as (${mostWeight}
    ), valued as (${names.map(valuedBy).join(`
      union all`)}
    ), weighed as (
      select *, case when max(worth) over (partition by dimension) > 0 then worth else won end as weight from valued
    ), summed as (
      select *, ${runningSums('weight')}, ${runningSums('won')}
        from weighed
    ), split as (
      select dimension, part, s.customers, lifetime_value,
             case when dimension in (${listed('by part')}) then ${apportioned('f.customers', 'won', 0)}
                  when dimension in (${listed('one part')}) then 0 end::int as future_customers,
             case when dimension in (${listed('by part')}) and won > 0
                  then round(f.value_of_new_customer * (weight / nullif(weight_of_all, 0)) / (won / won_of_all), 2) end as value_of_new_customer,
             case when dimension in (${listed('by part')}) then ${apportioned('f.equity', 'weight', 2)}
                  when dimension in (${listed('one part')}) then 0.00 end as future_equity,
             f.currency
        from summed s cross join future f
      union all
      select dimension, 'future', 0, 0.00, customers, value_of_new_customer, equity, currency
        from future cross join unnest(array[${listed('one part')}]) dimension
    )
    select dimension, part, customers, lifetime_value, future_customers, value_of_new_customer, future_equity,
           lifetime_value + coalesce(future_equity, 0), currency
      from split`,
};
