import type { AnalystView } from '@perennial/read-models';
import type pg from 'pg';
import { orderMargins } from '../costs/order-margin.view.js';
import { productCostPeriods } from '../costs/product-cost.facts.js';
import { conversions, reportingCurrency } from '../money/conversion.view.js';

/** How the value of what customers bought is told. */
export interface ValueBasis {
  currency: string;
  /** Part of revenue that counts as value where no cost is known. */
  marginRate: number;
  /** Whether orders have to be looked at one by one: there are costs, or other currencies. */
  byOrder: boolean;
}

/** Looks at what there is: where no cost is known and all pay in one currency, sums of revenue do. */
export async function valueBasis(
  client: pg.ClientBase,
  { currency, marginRate }: Omit<ValueBasis, 'byOrder'>,
): Promise<ValueBasis> {
  const { rows } = await client.query<{ byOrder: boolean }>(
    `select exists (select from product_cost) or exists (select from order_cost)
         or exists (select from purchases where orders > 0 and currency <> $1) as "byOrder"`,
    [currency],
  );
  return { currency, marginRate, byOrder: rows[0]!.byOrder };
}

/**
 * SQL: views of analysts as common table expressions about some customers, read from the tables that the search path
 * finds, which are those being rebuilt or verified where there are such.
 */
export const viewsOf = (
  views: readonly Pick<AnalystView, 'name' | 'columns' | 'sql'>[],
  where: string,
): string =>
  views
    .map(({ name, columns, sql }) => {
      const about = sql.replaceAll('retention_tables.', '').replaceAll('where true', `where ${where}`);
      return `${name} (${Object.keys(columns).join(', ')}) as (${about})`;
    })
    .join(', ');

/**
 * The reporting currency as it counts for values: that of the models in force, whatever has been set since. Until models
 * of the new one are fitted, nothing is worth more or less because another currency was asked for.
 */
export const reportingIn = (currency: string | null | undefined): AnalystView =>
  currency
    ? { ...reportingCurrency, sql: `select '${currency}'::text, null::timestamptz` }
    : reportingCurrency;

/** Query of what each order of some customers left, in a currency; absent: the reporting one. */
export const orderMarginsOf = (where: string, currency?: string | null): string => {
  const views = [reportingIn(currency), conversions, productCostPeriods, orderMargins];
  return `with ${viewsOf(views, where)} select * from order_margin`;
};

/** SQL: the value of a row of `orderMarginsOf`: its margin, or the stated part of what came in. */
export const orderValue = ({ marginRate }: Pick<ValueBasis, 'marginRate'>) =>
  `coalesce(margin, contribution * ${marginRate})`;
