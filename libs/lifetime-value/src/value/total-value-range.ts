import { normalQuantile, type Fitted } from '../fits/fit.js';
import { columnsOf, rowsOf, type Histories } from '../histories/histories.js';
import type { Spend } from '../histories/order-log.js';
import { cholesky } from '../numerics/matrix.js';
import { inSequence, sequenceOf } from '../numerics/sequence.js';
import type { Discount } from '../orders/order-model.js';
import { orderModelOf } from '../orders/order-models.js';
import { gammaGamma, type FittedSpend } from '../spend/gamma-gamma.js';

/** A fit, with the covariance of the logarithms of its parameters: none where the data do not determine them. */
export type Uncertain<Model> = Model & { covariance?: readonly (readonly number[])[] | null };

export interface TotalValueRangeOptions extends Discount {
  /** Probability of the range; default 0.8. */
  level?: number;
}

/** So many customers stand for all: what is asked is how far the sum moves, not how large it is. */
const SAMPLE = 500;
/** Beyond it, as the deviation of the logarithm of a parameter, what the data leave open is no range. */
const UNDETERMINED = 4;

/**
 * How far the sum of all lifetime values may be off because the parameters are estimates: between which multiples of it the
 * sum lies, with a probability. Chance in what single customers do is not in it: over many it averages out, while all of
 * them share the parameters. Their logarithms are taken to be normal, with the covariance that follows from the curvature of
 * the likelihood (or of likelihood and prior), as for the standard errors. The logarithm of the sum is computed at points one
 * deviation to either side along each column of the covariance's root, and its variance from those (sigma points: Julier,
 * Uhlmann 1997, A new extension of the Kalman filter to nonlinear systems). Null where a covariance is missing, the data leave a parameter
 * open, or a sum is not finite. Without a model of spend all orders are taken to be worth the same.
 */
export function totalValueRange(
  models: { orders: Uncertain<Fitted>; spend?: Uncertain<FittedSpend> },
  customers: { histories: Histories; spend: Spend },
  options: TotalValueRangeOptions,
): { low: number; high: number } | null {
  const { level = 0.8 } = options;
  const { orders, spend } = models;
  const { histories, spend: spent } = sampleOf(customers);
  const ordersRoot = rootOf(orders);
  const spendRoot = spend ? rootOf(spend) : [];
  if (!ordersRoot || !spendRoot) return null;
  const discounted = (fitted: Fitted) =>
    orderModelOf(orders.model).discountedOrders(fitted, histories, options);
  const worth = (fitted: FittedSpend | undefined) =>
    fitted ? gammaGamma.expectedSpend(fitted, spent) : new Float64Array(histories.size).fill(1);
  const logTotal = (ordered: Float64Array, worthOf: Float64Array) =>
    Math.log(ordered.reduce((sum, each, row) => sum + each * histories.weight[row]! * worthOf[row]!, 0));
  const [expectedOrders, expectedWorth] = [discounted(orders), worth(spend)];
  const halves = [
    ...ordersRoot.map((moves) => half(moves, orders, (moved) => logTotal(discounted(moved), expectedWorth))),
    ...spendRoot.map((moves) => half(moves, spend!, (moved) => logTotal(expectedOrders, worth(moved)))),
  ];
  const spread = Math.exp(normalQuantile((1 + level) / 2) * Math.hypot(...halves));
  return Number.isFinite(spread) ? { low: 1 / spread, high: spread } : null;
}

/** Half of what a value changes by from one deviation below the fitted parameters to one above. */
function half<Model extends Fitted>(
  moves: readonly number[],
  fitted: Model,
  valueAt: (moved: Model) => number,
) {
  const at = (deviations: number) =>
    valueAt({
      ...fitted,
      parameters: Object.fromEntries(
        Object.entries(fitted.parameters).map(([name, value], i) => [
          name,
          value * Math.exp(deviations * moves[i]!),
        ]),
      ),
    });
  return (at(1) - at(-1)) / 2;
}

/** The columns of the covariance's root: how the logarithms of the parameters move together. */
function rootOf({ covariance }: Uncertain<Fitted>): number[][] | undefined {
  if (!covariance?.every((row, i) => Math.sqrt(row[i]!) < UNDETERMINED)) return undefined;
  const root = cholesky(covariance);
  return root?.map((_, column) => root.map((row) => row[column]!));
}

/** Every so-manieth customer, by what they did and paid. */
function sampleOf({ histories, spend }: { histories: Histories; spend: Spend }) {
  const sequence = sequenceOf([...columnsOf(histories), spend.orders, spend.mean]);
  const every = Math.max(1, Math.ceil(histories.size / SAMPLE));
  const rows = Uint32Array.from(
    { length: Math.floor(histories.size / every) },
    (_, at) => sequence[at * every]!,
  );
  return {
    histories: rowsOf(histories, rows),
    spend: { orders: inSequence(spend.orders, rows), mean: inSequence(spend.mean, rows) },
  };
}
