import { orderModelOf } from '@perennial/lifetime-value';
import type { FittedModels } from '../models/models.decider.js';
import { discountOf } from '../scores/discount.js';

/** Sums over all customers; see `leversSql`. */
export interface EquitySums {
  lifetimeValue: number;
  /** What is won if of a hundred customers one more is still there. */
  onePointMoreAlive: number;
  valueSoFar: number;
  netRevenue: number;
  /** Customers won in the last year, or in as much of it as there are orders for. */
  wonCustomers: number;
  wonWithinDays: number;
}

export const leversSql = `
  select sum(lifetime_value)::float8 as "lifetimeValue",
         sum(case when alive > 0 then least(0.01, 1 - alive) * lifetime_value / alive else 0 end)::float8 as "onePointMoreAlive",
         sum(value_so_far)::float8 as "valueSoFar",
         (select sum(net_revenue)::float8 from purchases where currency = min(scores.currency)) as "netRevenue",
         (count(*) filter (where age_days < 365))::int as "wonCustomers",
         greatest(1, least(365, max(age_days) + 1))::int as "wonWithinDays"
    from scores`;

export interface Levers {
  /** Customers expected to be won within a year, and what they are worth today. */
  future: { customers: number; valueOfEach: number; equity: number };
  retention: number;
  margin: number;
  acquisition: number;
}

const DAYS_OF_A_YEAR = 365;

/**
 * What customers to come are worth, and what one more point is worth. Of customers to come only those of one year
 * count, won at the rate of the last one, half a year from now on average.
 */
export function leversOf(sums: EquitySums, { orders, assumptions, averageValue = 0 }: FittedModels): Levers {
  const repeat = orderModelOf(orders.model).discountedOrdersOfNew(orders, discountOf(assumptions));
  const valueOfEach = averageValue * (1 + repeat);
  const customers = (sums.wonCustomers * DAYS_OF_A_YEAR) / sums.wonWithinDays;
  const equity = (customers * valueOfEach) / Math.sqrt(1 + assumptions.discountRate);
  const marginRate = sums.netRevenue > 0 ? sums.valueSoFar / sums.netRevenue : 0;
  return {
    future: { customers, valueOfEach, equity },
    retention: sums.onePointMoreAlive,
    margin: marginRate > 0 ? (0.01 / marginRate) * (sums.lifetimeValue + equity) : 0,
    acquisition: 0.01 * equity,
  };
}
