import { normalQuantile, type Fitted } from '../fits/fit.js';
import { customersOf, type Histories } from '../histories/histories.js';
import type { Spend } from '../histories/order-log.js';
import { cholesky } from '../numerics/matrix.js';
import type { Discount } from '../orders/order-model.js';
import { orderModelOf } from '../orders/order-models.js';
import { gammaGamma, type FittedSpend } from '../spend/gamma-gamma.js';

/** A fit, with the covariance of the logarithms of its parameters: none where the data do not determine them. */
export type Uncertain<Model> = Model & { covariance?: readonly (readonly number[])[] | null };

export interface TotalValueRangeOptions extends Discount {
  /** Probability of the range; default 0.8. */
  level?: number;
  /** Parameters that are drawn; default 32. */
  draws?: number;
}

/** So many customers stand for all: what is asked is how far the sum moves, not how large it is. */
const SAMPLE = 500;
/** Beyond it, as the deviation of the logarithm of a parameter, the data do not determine it: what they leave open is not a range. */
const UNDETERMINED = 4;

/**
 * How far the sum of all lifetime values may be off because the parameters are estimates: between which multiples of it the
 * sum lies, with a probability. Chance in what single customers do is not in it: over many it averages out, while all of
 * them share the parameters. Parameters are drawn around the fitted ones, their logarithms from a normal distribution
 * with the covariance that follows from the curvature of the likelihood, or of likelihood and prior (as for the standard
 * errors; Efron, Tibshirani 1993, An Introduction to the Bootstrap, section 6.5, has the like from data drawn anew), at points
 * that fill the space evenly (Roberts 2018, generalised golden ratio) instead of at random, so that the answer is always the same. Null
 * where a covariance is missing, the data hardly determine a parameter, or a draw has no finite sum.
 */
export function totalValueRange(
  models: { orders: Uncertain<Fitted>; spend: Uncertain<FittedSpend> },
  customers: { histories: Histories; spend: Spend },
  options: TotalValueRangeOptions,
): { low: number; high: number } | null {
  const { level = 0.8, draws = 32 } = options;
  const few = sampleOf(customers);
  const orders = drawn(models.orders);
  const spend = drawn(models.spend);
  if (!orders || !spend) return null;
  const total = (ordersFit: Fitted, spendFit: FittedSpend) => {
    const discounted = orderModelOf(models.orders.model).discountedOrders(ordersFit, few.histories, options);
    const worth = gammaGamma.expectedSpend(spendFit, few.spend);
    return discounted.reduce((sum, each, row) => sum + each * few.histories.weight[row]! * worth[row]!, 0);
  };
  const expected = total(models.orders, models.spend);
  const totals = Array.from({ length: draws }, (_, draw) => {
    const at = evenly(draw, orders.size + spend.size).map(normalQuantile);
    return total(
      { ...models.orders, parameters: orders.at(at.slice(0, orders.size)) },
      { ...models.spend, parameters: spend.at(at.slice(orders.size)) },
    );
  }).sort((one, other) => one - other);
  const bound = (probability: number) => totals[Math.round(probability * (draws - 1))]! / expected;
  const range = { low: bound((1 - level) / 2), high: bound((1 + level) / 2) };
  return Number.isFinite(range.low) && Number.isFinite(range.high) && customersOf(few.histories) > 0
    ? range
    : null;
}

/** Parameters of a fit, moved by so many standard normals. */
function drawn({ parameters, covariance }: Uncertain<Fitted>) {
  const root = covariance && cholesky(covariance);
  if (!root || covariance.some((row, i) => !(Math.sqrt(row[i]!) < UNDETERMINED))) return null;
  const names = Object.keys(parameters);
  return {
    size: names.length,
    at: (normals: readonly number[]) =>
      Object.fromEntries(
        names.map((name, i) => {
          const move = root[i]!.reduce((sum, each, j) => sum + each * normals[j]!, 0);
          return [name, parameters[name]! * Math.exp(move)];
        }),
      ),
  };
}

/** The n-th point, in the cube of so many dimensions. */
function evenly(n: number, dimensions: number): number[] {
  let ratio = 2;
  for (let step = 0; step < 50; step++) ratio = (1 + ratio) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, axis) => (0.5 + (n + 1) * ratio ** -(axis + 1)) % 1);
}

/** Every so-manieth customer. */
function sampleOf({ histories, spend }: { histories: Histories; spend: Spend }) {
  const every = Math.ceil(histories.size / SAMPLE);
  if (every <= 1) return { histories, spend };
  const size = Math.floor(histories.size / every);
  const row = (at: number) => at * every;
  const integers = (of: Int32Array) => Int32Array.from({ length: size }, (_, at) => of[row(at)]!);
  const numbers = (of: Float64Array) => Float64Array.from({ length: size }, (_, at) => of[row(at)]!);
  return {
    histories: {
      size,
      frequency: integers(histories.frequency),
      recency: integers(histories.recency),
      age: integers(histories.age),
      weight: numbers(histories.weight),
      periodDays: histories.periodDays,
    },
    spend: { orders: integers(spend.orders), mean: numbers(spend.mean) },
  };
}
