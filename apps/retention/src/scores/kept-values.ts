import { builtAt } from '@perennial/read-models';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { productCostPeriods } from '../costs/product-cost.facts.js';
import { conversions } from '../money/conversion.view.js';
import { agreedSql } from '../subscriptions/contracts.js';
import { reportingIn, viewsOf, type ValueBasis } from './customer-value.js';
import { KEPT_CONTRACTS, KEPT_FOR, KEPT_ORDERS, KEPT_PRICES, ORDER_COST_DUE } from './kept-values.tables.js';
import { SCORE_DUE } from './scoring.policy.js';
import { valuedByOrder } from './statistics.js';

/**
 * What has to be added up order by order, or renewal by renewal, is kept from one scoring to the next: a day makes everybody older,
 * but changes the orders of few. It depends on what customers did, whose identifiers are noted with the events; and on costs and exchange
 * rates, which concern orders from a day on: those that were known at the last scoring of everybody are kept, too, and compared.
 */

/** Names of the tables that scores may be computed from in place of orders and subscriptions. */
export interface KeptValues {
  /** Only where orders are valued one by one. */
  orders?: string;
  contracts: string;
}

const tablesOf = ({ byOrder }: ValueBasis): KeptValues => ({
  contracts: KEPT_CONTRACTS,
  ...(byOrder && { orders: KEPT_ORDERS }),
});

/**
 * Brings what is kept of the customers of a condition on `customer_id` up to date. Undefined where nothing is kept for such values: it is
 * the next scoring of everybody that begins it.
 */
export async function keepValuesOf(
  client: pg.ClientBase,
  basis: ValueBasis,
  where: string,
): Promise<KeptValues | undefined> {
  if (!(await isKeptFor(client, await keptFor(client, basis)))) return undefined;
  await renew(client, basis, where);
  return tablesOf(basis);
}

/** Customers whose orders or renewals are looked at again. */
const REVALUED = 'pg_temp.revalued';

/** SQL: the customers that identifiers (a query of `subject_id`) belong to; each may have been a customer of its own before. */
export const concernedBy = (identifiers: string): string =>
  `select customer_id from subject where subject_id in (${identifiers}) union ${identifiers}`;

/** Takes the notes of all who have to be scored. */
export async function takeNotes(client: pg.ClientBase): Promise<void> {
  await client.query(
    `create temporary table if not exists revalued (customer_id uuid) on commit delete rows;
     with gone as (delete from ${SCORE_DUE} returning subject_id)
     insert into ${REVALUED} ${concernedBy('select subject_id from gone')};
     with gone as (delete from ${ORDER_COST_DUE} returning order_id)
     insert into ${REVALUED}
     select distinct customer_id from "order" join subject using (subject_id) where order_id in (select order_id from gone)`,
  );
}

/** Brings all that is kept up to date, after `takeNotes` in the same transaction. Undefined where nothing can be kept. */
export async function keepValues(client: pg.ClientBase, basis: ValueBasis): Promise<KeptValues | undefined> {
  // Until there are models of a currency, the reporting one may change with any order.
  if (!basis.currency) return undefined;
  const purpose = await keptFor(client, basis);
  // Compared before anything is valued: what is valued may know more, and is valued again then.
  await comparePrices(client, basis);
  if (await isKeptFor(client, purpose)) {
    await addConcerned(client);
    await client.query(`analyze ${REVALUED}`);
    await renew(client, basis, `customer_id in (select customer_id from ${REVALUED})`);
  } else {
    await client.query(`truncate ${KEPT_ORDERS}, ${KEPT_CONTRACTS}`);
    await keep(client, basis);
    await client.query(
      `insert into ${KEPT_FOR} (what, statements, built_at) values ('values', $1, $2)
       on conflict (what) do update set statements = excluded.statements, built_at = excluded.built_at`,
      [purpose.statements, purpose.builtAt],
    );
    await client.query(`analyze ${KEPT_ORDERS}; analyze ${KEPT_CONTRACTS}`);
  }
  return tablesOf(basis);
}

/** What rows are kept for: they are those that these statements gave of these tables. */
interface Purpose {
  statements: string;
  builtAt: Date;
}

async function keptFor(client: pg.ClientBase, basis: ValueBasis): Promise<Purpose> {
  const statements = [agreedSql({ basis }), ...(basis.byOrder ? [valuedByOrder(basis)] : [])];
  return {
    statements: createHash('sha256').update(statements.join()).digest('hex'),
    builtAt: await builtAt(client, 'retention'),
  };
}

async function isKeptFor(client: pg.ClientBase, { statements, builtAt }: Purpose): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from ${KEPT_FOR} where what = 'values' and statements = $1 and built_at = $2`,
    [statements, builtAt],
  );
  return rowCount === 1;
}

async function renew(client: pg.ClientBase, basis: ValueBasis, where: string): Promise<void> {
  await client.query(
    `delete from ${KEPT_ORDERS} where ${where}; delete from ${KEPT_CONTRACTS} where ${where}`,
  );
  await keep(client, basis, where);
}

async function keep(client: pg.ClientBase, basis: ValueBasis, where?: string): Promise<void> {
  if (basis.byOrder)
    await client.query(
      `insert into ${KEPT_ORDERS} (customer_id, first_day, last_day, order_days, value) ${valuedByOrder(basis, where)}`,
    );
  await client.query(`insert into ${KEPT_CONTRACTS} ${agreedSql({ basis, where })}`);
}

/** Of which currency or product another price holds than last time, and on which days: a `datemultirange`. */
const CHANGED = 'pg_temp.changed_price';

/** SQL: what there is of exchange rates and costs, each with the days for which it holds. */
const prices = `
  select 'rate' as what, currency as of, daterange(valid_from, valid_until) as days, trim_scale(multiply) || '/' || trim_scale(divide) as told
    from conversion
  union all
  select 'cost', sku, daterange(valid_from, valid_until), trim_scale(cost) || ' ' || currency from product_cost_period`;

/**
 * Tells how prices differ from those of last time, and keeps those of now in their place. Where one ends because another follows, nothing
 * has changed on the days before.
 */
async function comparePrices(client: pg.ClientBase, { currency }: ValueBasis): Promise<void> {
  await client.query(
    `create temporary table if not exists changed_price (what text, of text, days datemultirange) on commit delete rows`,
  );
  const views = viewsOf([reportingIn(currency), conversions, productCostPeriods], 'true');
  const alike = ['what', 'of', 'days', 'told']
    .map((column) => `known.${column} = kept.${column}`)
    .join(' and ');
  await client.query(
    `with ${views}, known as materialized (${prices}),
     gone as (
       delete from ${KEPT_PRICES} kept where not exists (select from known where ${alike}) returning *
     ), come as (
       insert into ${KEPT_PRICES}
       select * from known where not exists (select from ${KEPT_PRICES} kept where ${alike}) returning *
     ), either as (
       select what, of, range_agg(days) as days from (select * from gone union all select * from come) rows group by what, of
     ), still as (
       select what, of, range_agg(gone.days * come.days) as days from gone join come using (what, of, told) group by what, of
     )
     insert into ${CHANGED} select what, of, either.days - coalesce(still.days, '{}') from either left join still using (what, of)`,
  );
}

/**
 * Adds the customers whom changed prices concern: with an order, a return or a renewal on a day of another rate, or with a product of another
 * cost in an order. Rather one too many: which of the rates of a day an order needs depends on what its goods cost in which currency; and
 * of an order that several identifiers were reported under, one may have told the day that counts and another the products.
 */
async function addConcerned(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ days: string | null; costs: boolean }>(
    `select (select range_agg(day)::text from ${CHANGED} cross join lateral unnest(days) day where what = 'rate') as days,
            exists (select from ${CHANGED} where what = 'cost') as costs`,
  );
  const { days, costs } = rows[0]!;
  const add = (identifiers: string) =>
    client.query(
      `insert into ${REVALUED} select distinct customer_id from (${identifiers}) concerned join subject using (subject_id)`,
    );
  if (days)
    await add(
      `select subject_id from "order" where (placed_at at time zone 'UTC')::date <@ '${days}'::datemultirange
       union all
       select subject_id from order_return where (returned_at at time zone 'UTC')::date <@ '${days}'::datemultirange
       union all
       select subject_id from subscription_renewal where period_from <@ '${days}'::datemultirange`,
    );
  if (costs)
    await client.query(
      `with changed as (
         select range_agg(day) as days from ${CHANGED} cross join lateral unnest(days) day where what = 'cost'
       ), dated as (
         select customer_id, order_id, (placed_at at time zone 'UTC')::date as day
           from "order" join subject using (subject_id)
          where (placed_at at time zone 'UTC')::date <@ (select days from changed)
       )
       insert into ${REVALUED}
       select distinct customer_id
         from dated join subject using (customer_id) join "order" told using (subject_id, order_id)
        cross join lateral jsonb_array_elements(told.lines) line
         join ${CHANGED} c on c.what = 'cost' and c.of = line ->> 0 and dated.day <@ c.days`,
    );
}
