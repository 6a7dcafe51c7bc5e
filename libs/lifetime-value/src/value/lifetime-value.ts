import type { Fitted } from '../fits/fit.js';
import type { Histories } from '../histories/histories.js';
import type { Spend } from '../histories/order-log.js';
import type { Discount } from '../orders/order-model.js';
import { orderModelOf } from '../orders/order-models.js';
import { gammaGamma, type FittedSpend } from '../spend/gamma-gamma.js';
import { worthInterval } from '../spend/worth-interval.js';

export interface LifetimeValueOptions extends Discount {
  /** What remains of a unit of spend, for all customers or by row; default 1: revenue, not margin. */
  margin?: number | ArrayLike<number>;
  /** Probability of the interval; default 0.8. */
  level?: number;
}

export interface LifetimeValues {
  /** Expected value of what is yet to come, discounted to today; never below 0. */
  value: Float64Array;
  /** Orders that are expected, each discounted. */
  discountedOrders: Float64Array;
  /** Expected worth of an order, before the margin. */
  spend: Float64Array;
  /** How uncertain the future of one customer is: how many orders there will be, and what they are worth. Only with a horizon. */
  interval?: { low: Float64Array; high: Float64Array };
}

/**
 * What each customer is worth from now on: discounted orders × expected worth of an order × margin (Fader, Hardie,
 * Lee 2005, "RFM and CLV: using iso-value curves for customer base analysis", J. of Marketing Research 42:4).
 * `spend` has the rows of the histories.
 */
export function lifetimeValues(
  models: { orders: Fitted; spend: FittedSpend },
  customers: { histories: Histories; spend: Spend },
  options: LifetimeValueOptions,
): LifetimeValues {
  const { histories } = customers;
  if (customers.spend.orders.length !== histories.size) {
    throw new RangeError('Histories and spend must have the same rows.');
  }
  const model = orderModelOf(models.orders.model);
  const { margin = 1, level = 0.8, horizonDays } = options;
  const discountedOrders = model.discountedOrders(models.orders, histories, options);
  const spend = gammaGamma.expectedSpend(models.spend, customers.spend);
  const size = histories.size;
  const worth = new Float64Array(size);
  const value = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    worth[row] = Math.max(0, spend[row]! * (typeof margin === 'number' ? margin : margin[row]!));
    value[row] = discountedOrders[row]! * worth[row]!;
  }
  if (horizonDays === undefined || horizonDays === Infinity) return { value, discountedOrders, spend };
  const expected = model.expectedOrders(models.orders, histories, horizonDays);
  const orders = { expected, ...model.ordersInterval(models.orders, histories, horizonDays, level) };
  const { low, high } = worthInterval(models.spend, customers.spend, orders, level);
  for (let row = 0; row < size; row++) {
    low[row]! *= value[row]!;
    high[row]! *= value[row]!;
  }
  return { value, discountedOrders, spend, interval: { low, high } };
}
