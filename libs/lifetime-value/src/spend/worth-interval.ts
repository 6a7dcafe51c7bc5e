import { normalQuantile } from '../fits/fit.js';
import type { Spend } from '../histories/order-log.js';
import type { Interval } from '../orders/order-model.js';
import type { FittedSpend } from './gamma-gamma.js';

/** Orders of a period by customer: how many are expected, and between which numbers they will be. */
export interface ExpectedOrders extends Interval {
  expected: Float64Array;
}

/**
 * Between what all orders of a period will be worth, as multiples of their expected worth, with the probability that the
 * interval of their number has. Three things are uncertain: how many orders there are (`orders`); what this customer's
 * orders are worth on average, given those seen: p/ν with ν ~ Gamma(p x + q, v + x m); and how the orders to come fall
 * around that: their sum is Gamma(p n, ν) (Fader, Hardie 2013, note 025). Each has its bound as a factor of its mean; the
 * three are held to be independent and their logarithms are added as errors are, by their squares. Quantiles of the Gamma
 * distribution by Wilson, Hilferty 1931. Exact it is not: how often it holds is measured (docs/lifetime-value.md).
 */
export function worthInterval(
  fitted: FittedSpend,
  spend: Spend,
  orders: ExpectedOrders,
  level: number,
): Interval {
  const { p, q } = fitted.parameters as Record<'p' | 'q', number>;
  const z = normalQuantile((1 + level) / 2);
  const size = orders.expected.length;
  const [low, high] = [new Float64Array(size), new Float64Array(size)];
  for (let row = 0; row < size; row++) {
    const expected = orders.expected[row]!;
    if (!(expected > 0)) continue;
    const known = Math.max(LEAST_SHAPE, p * spend.orders[row]! + q);
    const [fewest, most] = [orders.low[row]!, orders.high[row]!];
    if (fewest > 0)
      low[row] = Math.exp(
        -Math.hypot(
          Math.max(0, Math.log(expected / fewest)),
          Math.log((known * gammaQuantile(known, z)) / (known - 1)),
          Math.log(gammaQuantile(p * fewest, -z)),
        ),
      );
    if (most > 0)
      high[row] = Math.exp(
        Math.hypot(
          Math.max(0, Math.log(most / expected)),
          Math.log((known - 1) / (known * gammaQuantile(known, -z))),
          Math.log(gammaQuantile(p * most, z)),
        ),
      );
  }
  return { low, high };
}

/** Below it there is no mean to be a multiple of. */
const LEAST_SHAPE = 1.1;
/** Where the approximation would fall below 0. */
const LEAST = 1e-3;

/** A quantile of the Gamma distribution with a shape, as a multiple of its mean, by that of the standard normal. */
const gammaQuantile = (shape: number, z: number) =>
  Math.max(LEAST, (1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3);
