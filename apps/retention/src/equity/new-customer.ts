import { orderModelOf } from '@perennial/lifetime-value';
import type { FittedModels } from '../models/models.decider.js';
import { discountOf } from '../scores/discount.js';
import { discountedRenewalsOf } from '../scores/subscription-values.js';

/** What a customer who orders for the first time is worth on that day: the first order and all that follow it. */
export function valueOfNewBuyer({ orders, assumptions, averageValue = 0 }: FittedModels): number | undefined {
  if (!orders) return undefined;
  const repeat = orderModelOf(orders.model).discountedOrdersOfNew(orders, discountOf(assumptions));
  return averageValue * (1 + repeat);
}

/** What a subscription is worth on the day that it begins, by the length of its periods: the first one and all renewals. */
export const valuesOfNewSubscriptions = ({ subscriptions = [], assumptions }: FittedModels) =>
  subscriptions.map(({ renewal, averageFee }) => ({
    periodDays: renewal.unitDays,
    value: averageFee * (1 + discountedRenewalsOf(renewal, assumptions)),
  }));
