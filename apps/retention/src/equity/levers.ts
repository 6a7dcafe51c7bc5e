import { orderModelOf } from '@perennial/lifetime-value';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { discountOf } from '../scores/discount.js';
import { relationshipDays } from '../scores/relationship.js';
import { discountedRenewalsOf, fittedTo, subscriptionValues } from '../scores/subscription-values.js';
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
  /** Customers won in the last year, or in as much of it as something is known of; those of them who ordered. */
  wonCustomers: number;
  wonBuyers: number;
  wonWithinDays: number;
  /** Subscriptions that began in that time, by the length of their periods. */
  wonSubscriptions: { periodDays: number; subscriptions: number }[];
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
         (count(*) filter (where ${relationshipDays} < 365))::int as "wonCustomers",
         (count(*) filter (where age_days < 365))::int as "wonBuyers",
         greatest(1, least(365, max(${relationshipDays}) + 1))::int as "wonWithinDays",
         (select coalesce(json_agg(won), '[]')
            from (select period_days as "periodDays", count(*) as subscriptions from subscription_life, scoring
                   where started_on > scoring.as_of - 365 and started_on <= scoring.as_of group by 1) won) as "wonSubscriptions"
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
export function leversOf(sums: EquitySums, models: FittedModels, renewedMore = 0): Levers {
  const { discountRate, marginRate: stated } = models.assumptions;
  const yearly = DAYS_OF_A_YEAR / sums.wonWithinDays;
  const half = 1 / Math.sqrt(1 + discountRate);
  const customers = sums.wonCustomers * yearly;
  const byOrders = sums.wonBuyers * yearly * valueOfNewBuyer(models) * half;
  const bySubscriptions = yearly * valueOfNewSubscriptions(sums, models) * half;
  const equity = byOrders + bySubscriptions;
  // Where all who order subscribe, too, what orders left can't be told from what was paid for subscriptions.
  const marginRate = sums.netRevenue > 0 ? sums.valueSoFar / sums.netRevenue : stated;
  const ofOrders = sums.lifetimeValue - sums.subscriptionLifetimeValue + byOrders;
  return {
    future: { customers, valueOfEach: customers > 0 ? equity / half / customers : 0, equity },
    retention: sums.onePointMoreAlive + renewedMore,
    margin:
      (marginRate > 0 ? (0.01 / marginRate) * ofOrders : 0) +
      (0.01 / stated) * (sums.subscriptionLifetimeValue + bySubscriptions),
    acquisition: 0.01 * equity,
  };
}

/** The first order and all that follow it. */
function valueOfNewBuyer({ orders, assumptions, averageValue = 0 }: FittedModels): number {
  if (!orders) return 0;
  const repeat = orderModelOf(orders.model).discountedOrdersOfNew(orders, discountOf(assumptions));
  return averageValue * (1 + repeat);
}

/** The first periods of the subscriptions that were won, and all renewals. */
const valueOfNewSubscriptions = (
  { wonSubscriptions }: EquitySums,
  { subscriptions = [], assumptions }: FittedModels,
): number =>
  wonSubscriptions.reduce((sum, won) => {
    const term = subscriptions.find(({ renewal }) => renewal.unitDays === won.periodDays);
    const renewals = discountedRenewalsOf(fittedTo(subscriptions, won.periodDays), assumptions);
    return sum + won.subscriptions * (term?.averageFee ?? 0) * (1 + renewals);
  }, 0);
