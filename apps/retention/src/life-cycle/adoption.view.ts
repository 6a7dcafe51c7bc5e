import type { AnalystView } from '@perennial/read-models';
import { firstDayOf, periodOf, type PeriodUnit } from '../cohorts/period.js';
import { lastOrderDay } from '../moments/as-of.js';

export const levels = ['product', 'category'] as const;
export type Level = (typeof levels)[number];

/** What was sold, by what it is counted as: a product, or its category and all categories above. */
const soldSql: Record<Level, string> = {
  product: `select customer_id, day, quantity, sku as item from order_line`,
  category: `
        select customer_id, day, quantity, array_to_string(path[:depth], ' / ') as item
          from (select customer_id, day, quantity, string_to_array(category, ' / ') as path
                  from order_line where category is not null) line
         cross join lateral generate_series(1, cardinality(path)) depth`,
};

/** SQL: the day in `$1`, or the last one with an order. */
export const adoptionDay = `coalesce($1::date, ${lastOrderDay})`;

/**
 * Who bought each item for the first time in each period, and how much was sold, as of a day. The period of
 * that day is left out: it may not be over.
 */
export const adoptionSql = (level: Level, unit: PeriodUnit, asOf: string) => `
    with moment as materialized (select ${asOf} as as_of),
    sold as (
      select item, customer_id, ${periodOf[unit]('day')} as period, sum(quantity) as units
        from (${soldSql[level]}) line cross join moment
       where day <= as_of
       group by item, customer_id, period
    ), by_customer as (
      select *, min(period) over (partition by item, customer_id) as adopted_in from sold
    )
    select item, period, (count(*) filter (where period = adopted_in))::int as adopters, count(*)::int as buyers,
           sum(units) as units
      from by_customer cross join moment
     where period < ${periodOf[unit]('as_of')}
     group by item, period`;

export const adoption: AnalystView = {
  name: 'adoption',
  comment:
    'One row a product or category and month with sales (UTC): who bought it for the first time, the series of its life cycle. Up to the month before that of the last order.',
  columns: {
    level: 'product or category',
    item: 'product code in capitals; or category, each level of it counted: "Home" holds "Home / Lights"',
    month: 'first day of the month',
    adopters: 'customers who bought it for the first time',
    buyers: 'customers who bought it',
    units: 'pieces sold',
  },
  sql: levels
    .map(
      (level) => `
    select '${level}', item, ${firstDayOf.month('period')}, adopters, buyers, units
      from (${adoptionSql(level, 'month', lastOrderDay)}) ${level}`,
    )
    .join('\n    union all'),
};

/**
 * The series of items, the most adopted first: of one item (`$2`), or a page after the key in `$3` and `$4`, at
 * most `$5`.
 */
export const adoptionSeriesSql = (level: Level, unit: PeriodUnit) => `
    with series as materialized (${adoptionSql(level, unit, adoptionDay)}),
    begin as (
      select ${periodOf[unit]('min(day)')} as period from purchase_day
    ), listed as (
      select item, sum(adopters)::int as adopters, min(period) as first_period from series group by item
    ), page as (
      select * from listed
       where ($2::text is null or item = $2)
         and ($3::int is null or (adopters, item) < ($3::int, $4::text collate "C"))
       order by adopters desc, item desc limit $5
    )
    select page.item, coalesce(product.name, page.item) as name, page.adopters,
           least(page.first_period, ${periodOf[unit](`(product.first_listed_at at time zone 'UTC')::date`)})
             > begin.period + 1 as "launchSeen",
           coalesce(product.withdrawn_at > product.listed_at or product.listed_at is null, false)
             and product.withdrawn_at is not null
             and (product.withdrawn_at at time zone 'UTC')::date <= ${adoptionDay} as withdrawn,
           ${periodOf[unit](adoptionDay)} - page.first_period as periods, ${adoptionDay}::text as "asOf",
           (select json_agg(json_build_object('since', period - page.first_period,
                     'period', ${firstDayOf[unit]('period')}, 'adopters', adopters, 'buyers', buyers,
                     'units', units::float8) order by period)
              from series where series.item = page.item) as series
      from page cross join begin left join product on ${level === 'product' ? 'product.sku = page.item' : 'false'}
     order by page.adopters desc, page.item desc`;
