import type { AnalystView } from '@perennial/read-models';
import { lastOrderDay } from '../moments/as-of.js';
import { converted, convertsOn } from '../money/conversion.view.js';
import { ordersOfCustomers } from '../purchases/order.facts.js';

/**
 * Each customer's share of wallet by category, as of a day: an SQL expression of type date. Of several sources
 * the surest one is used, of equally sure ones the latest; of each source its latest statement. Our part is
 * what the customer bought with us in the year before, in that category and all below it.
 */
export const shareOfWalletSql = (asOf: string) => `
    with moment as materialized (select ${asOf} as as_of),
    of_source as (
      select distinct on (customer_id, category, source) customer_id, category, source, basis, confidence,
             annual_spend, currency, stated_at, (stated_at at time zone 'UTC')::date as stated_on, event_id
        from wallet_statement join subject using (subject_id) join moment
          on (stated_at at time zone 'UTC')::date <= as_of
       order by customer_id, category, source, stated_at desc, event_id desc
    ), stated as (
      select distinct on (customer_id, category) customer_id, category, source, basis, confidence, stated_on,
             k.reporting_currency, ${converted('annual_spend', 'k')} as wallet
        from of_source s
        left join conversion k on ${convertsOn('k', { currency: 's.currency', day: 's.stated_on' })}
       order by customer_id, category, confidence desc, stated_at desc, event_id desc
    ), bought as (
      select customer_id, coalesce(product.category, line ->> 3) as category,
             sum(${converted('(line ->> 1)::numeric * (line ->> 2)::numeric', 'k')}) as spend
        from (${ordersOfCustomers({
          order: 'retention_tables."order"',
          where: 'customer_id in (select customer_id from stated)',
          lines: true,
        })}) ordered
       cross join moment cross join lateral jsonb_array_elements(lines) line
        left join product on product.sku = line ->> 0
        join conversion k on ${convertsOn('k', { currency: 'ordered.currency', day: `(placed_at at time zone 'UTC')::date` })}
       where (placed_at at time zone 'UTC')::date between (as_of - interval '1 year')::date + 1 and as_of
       group by customer_id, coalesce(product.category, line ->> 3)
    ), spent as (
      select s.customer_id, s.category, coalesce(sum(b.spend), 0) as spend
        from stated s left join bought b
          on b.customer_id = s.customer_id and (b.category = s.category or starts_with(b.category, s.category || ' / '))
       group by s.customer_id, s.category
    )
    select customer_id, category, as_of, reporting_currency as currency, wallet, spend,
           round(least(spend / nullif(wallet, 0), 1), 4) as share, greatest(wallet - spend, 0) as headroom,
           round(greatest(wallet - spend, 0) * confidence, 2) as sure_headroom, spend > wallet as exceeded,
           basis, source, confidence, stated_on
      from stated join spent using (customer_id, category) cross join moment`;

export const sharesOfWallet: AnalystView = {
  name: 'share_of_wallet',
  comment:
    'One row a customer and category for which somebody stated what the customer spends with all suppliers together: our share of it and what is left to win, as of the last day with an order, in the reporting currency.',
  columns: {
    customer_id: 'the customer',
    category: 'category of products, with all levels below it',
    as_of: 'the day that the row is computed for',
    currency: 'the reporting currency; empty without an exchange rate for the day of the statement',
    wallet: 'what the customer spends in it in a year with all suppliers, by the statement that is used',
    spend:
      'what it bought in it with us in the year up to as_of: prices times pieces, before discounts on whole orders and returns',
    share: 'share of wallet: spend divided by wallet, at most 1',
    headroom: 'wallet less spend, at least 0: what others sell it in a year',
    sure_headroom: 'headroom times confidence, to the cent: to rank by',
    exceeded:
      'true: it bought more with us than the statement says it spends at all, so the statement is too low',
    basis: 'declared: by the customer; estimated: by somebody else',
    source: 'where the statement comes from: the surest source, then the latest',
    confidence: 'how sure the source is: above 0, at most 1',
    stated_on: 'day of the statement (UTC)',
  },
  sql: shareOfWalletSql(lastOrderDay),
};
