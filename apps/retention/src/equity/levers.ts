import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { subscriptionValues } from '../scores/subscription-values.js';
import { contractAt, readContracts } from '../subscriptions/contracts.js';

/** Sums over all customers; see `leversSql`. */
export interface EquitySums {
  lifetimeValue: number;
  /** The part of subscriptions in it. */
  subscriptionLifetimeValue: number;
  /** What is won by orders if of a hundred customers one more is still there. */
  onePointMoreAlive: number;
  /** Value and revenue of orders so far, of customers who never subscribed. */
  valueSoFar: number;
  netRevenue: number;
  /** What the customers of the next year are worth: by their orders, by their subscriptions. */
  futureOrders: number;
  futureSubscriptions: number;
}

export const leversSql = `
  select sum(lifetime_value)::float8 as "lifetimeValue",
         coalesce(sum(subscription_lifetime_value), 0)::float8 as "subscriptionLifetimeValue",
         sum(case when alive > 0 then least(0.01, 1 - alive) * (lifetime_value - coalesce(subscription_lifetime_value, 0)) / alive
                  else 0 end)::float8 as "onePointMoreAlive",
         coalesce(sum(value_so_far) filter (where subscriptions is null), 0)::float8 as "valueSoFar",
         coalesce((select sum(net_revenue) from purchases p
                    where currency = min(scores.currency)
                      and not exists (select from scores s where s.customer_id = p.customer_id and s.subscriptions is not null)), 0)::float8 as "netRevenue",
         coalesce((select orders_equity from future_customers), 0)::float8 as "futureOrders",
         coalesce((select subscriptions_equity from future_customers), 0)::float8 as "futureSubscriptions"
    from scores`;

/**
 * What is won if of a hundred subscriptions that come to renewal one more is renewed, and goes on like those that were:
 * all that is to come follows from that renewal. Where notice was given there is nothing more to win. Inside a
 * transaction.
 */
export async function onePointMoreRenewed(
  client: pg.ClientBase,
  models: FittedModels,
  asOf: number,
): Promise<number> {
  const contracts = await readContracts(client, { basis: models.assumptions });
  const valueOf = subscriptionValues(models);
  let sum = 0;
  for (let row = 0; row < contracts.size; row++) {
    const day = Math.max(asOf, contracts.knownDay[row]!);
    const { running, ending, retentionRate, lifetimeValue } = valueOf(contractAt(contracts, row), day);
    if (running && !ending) sum += Math.min(0.01, 1 - retentionRate) * (lifetimeValue / retentionRate);
  }
  return sum;
}

export interface Levers {
  retention: number;
  margin: number;
  acquisition: number;
}

/** What one more point is worth. Of customers to come only those of one year count. */
export function leversOf(
  sums: EquitySums,
  { marginRate: stated }: Pick<FittedModels['assumptions'], 'marginRate'>,
  renewedMore = 0,
): Levers {
  // Where all who order subscribe, too, what orders left can't be told from what was paid for subscriptions.
  const marginRate = sums.netRevenue > 0 ? sums.valueSoFar / sums.netRevenue : stated;
  const ofOrders = sums.lifetimeValue - sums.subscriptionLifetimeValue + sums.futureOrders;
  return {
    retention: sums.onePointMoreAlive + renewedMore,
    margin:
      (marginRate > 0 ? (0.01 / marginRate) * ofOrders : 0) +
      (0.01 / stated) * (sums.subscriptionLifetimeValue + sums.futureSubscriptions),
    acquisition: 0.01 * (sums.futureOrders + sums.futureSubscriptions),
  };
}
