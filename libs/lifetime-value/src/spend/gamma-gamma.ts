import type { Fit, FitOptions, Fitted } from '../fits/fit.js';
import { estimate, type LogLikelihood } from '../fits/maximum-likelihood.js';
import type { Spend } from '../histories/order-log.js';
import { digamma, logGamma } from '../numerics/gamma.js';
import { correlation } from '../numerics/correlation.js';

/** The fit of a model of spend. Plain JSON. */
export interface SpendFit extends Fit {
  /** Buyers without any positive spend, whom the model can't describe. */
  leftOut: number;
  /**
   * Between the number of orders and the mean of an order, over buyers. The model takes it for 0; beyond ±0.3 its
   * expected values are biased.
   */
  correlation: number;
  /** Mean over buyers of their mean order: stands in where the model has no mean (q ≤ 1). */
  meanSpend: number;
}

export interface FittedSpend extends Fitted {
  meanSpend: number;
}

/** Below so many buyers a weak prior is added. */
const FEW_BUYERS = 50;

/**
 * What an order is worth: Gamma(p, ν) for each customer, with ν varying among them as Gamma(q, v), regardless of
 * how often they order (Fader, Hardie 2013, "The Gamma-Gamma model of monetary value", note 025; after Colombo,
 * Jiang 1999). The likelihood of a mean m over x orders is its eq. 1a.
 */
export const gammaGamma = {
  name: 'gamma-gamma',
  title: 'Gamma-Gamma',
  source: 'Fader, Hardie 2013, The Gamma-Gamma model of monetary value, note 025',
  parameterNames: ['p', 'q', 'v'],

  /** Fits to buyers, i.e. rows with orders. Never throws for what the data are. */
  fit(spend: Spend, options: FitOptions = {}): SpendFit {
    const { prior = 'auto', start, maxEvaluations = 300 } = options;
    const buyers = buyersOf(spend);
    const count = buyers.mean.length;
    const meanSpend = count ? buyers.mean.reduce((sum, each) => sum + each, 0) / count : 0;
    const unit = meanSpend || 1;
    const weak = { center: { p: 4, q: 4, v: (unit * 3) / 4 }, unitDays: 1, spread: 1.5 };
    const automatic = prior === 'auto' && count < FEW_BUYERS ? weak : null;
    const fit = estimate({
      model: 'gamma-gamma',
      parameterNames: ['p', 'q', 'v'],
      timeParameters: [],
      logLikelihood: logLikelihood(buyers),
      customers: count,
      unitDays: 1,
      starts: [
        ...(start ? [start] : []),
        { p: 4, q: 4, v: (unit * 3) / 4 },
        { p: 1, q: 2, v: unit },
        { p: 20, q: 1.5, v: unit / 40 },
      ],
      prior: typeof prior === 'object' ? prior : automatic,
      maxEvaluations,
    });
    const related = correlation(buyers.orders, buyers.mean);
    return {
      ...fit,
      leftOut: buyers.leftOut,
      correlation: related,
      meanSpend,
      problems: [
        ...fit.problems.map((problem) => problem.replace('repeat buyers', 'buyers')),
        ...(buyers.leftOut ? [`${buyers.leftOut} buyers without positive spend were left out.`] : []),
        ...(fit.parameters.q! <= 1
          ? ['q is not above 1: the population has no mean under the model; the observed mean stands in.']
          : []),
        ...(Math.abs(related) > 0.3
          ? [
              `Spend and number of orders are correlated (${related.toFixed(2)}); the model assumes they are not.`,
            ]
          : []),
      ],
    };
  },

  /**
   * The mean order of each row expected from now on: p (v + x m)/(p x + q - 1) (ibid., eq. 5), never below 0. Rows
   * without orders get the population's.
   */
  expectedSpend(fitted: FittedSpend, { orders, mean }: Spend): Float64Array {
    const { p, q, v } = fitted.parameters as Record<'p' | 'q' | 'v', number>;
    const population = q > 1 ? (p * v) / (q - 1) : fitted.meanSpend;
    return Float64Array.from(orders, (x, row) => {
      const m = Math.max(0, mean[row]!);
      const weight = p * x + q - 1;
      if (x === 0) return population;
      return weight > 0 ? (p * (v + x * m)) / weight : m;
    });
  },
} as const;

interface Buyers {
  orders: Float64Array;
  mean: Float64Array;
  leftOut: number;
}

function buyersOf({ orders, mean }: Spend): Buyers {
  const rows: number[] = [];
  let leftOut = 0;
  for (let row = 0; row < orders.length; row++) {
    if (orders[row]! === 0) continue;
    if (mean[row]! > 0) rows.push(row);
    else leftOut++;
  }
  return {
    orders: Float64Array.from(rows, (row) => orders[row]!),
    mean: Float64Array.from(rows, (row) => mean[row]!),
    leftOut,
  };
}

/** Of each row only ln(v + m x) depends on the parameters; the rest is sums, by number of orders. */
function logLikelihood({ orders, mean }: Buyers): LogLikelihood {
  const buyers = orders.length;
  const total = orders.map((x, row) => x * mean[row]!);
  const byOrders = new Map<number, number>();
  let [logMeans, weightedLogs] = [0, 0];
  for (let row = 0; row < buyers; row++) {
    const x = orders[row]!;
    byOrders.set(x, (byOrders.get(x) ?? 0) + 1);
    logMeans += Math.log(mean[row]!);
    weightedLogs += x * (Math.log(mean[row]!) + Math.log(x));
  }
  return (parameters, gradient) => {
    const [p, q, v] = parameters as unknown as [number, number, number];
    const [gammaQ, digammaQ] = [logGamma(q), digamma(q)];
    let [value, byP, byQ] = [0, 0, 0];
    for (const [x, customers] of byOrders) {
      const digammaSum = digamma(p * x + q);
      value += customers * (logGamma(p * x + q) - logGamma(p * x) - gammaQ);
      byP += customers * x * (digammaSum - digamma(p * x));
      byQ += customers * (digammaSum - digammaQ);
    }
    let [logs, weighted, shares] = [0, 0, 0];
    for (let row = 0; row < buyers; row++) {
      const x = orders[row]!;
      const sum = v + total[row]!;
      const log = Math.log(sum);
      logs += log;
      weighted += x * log;
      shares += (p * x + q) / sum;
    }
    const logV = Math.log(v);
    gradient[0] = byP + weightedLogs - weighted;
    gradient[1] = byQ + buyers * logV - logs;
    gradient[2] = (buyers * q) / v - shares;
    return value + buyers * q * logV + p * weightedLogs - logMeans - p * weighted - q * logs;
  };
}
