import type { Fit, FitOptions, Fitted, Parameters, Prior } from '../fits/fit.js';
import { estimate, type LogLikelihood } from '../fits/maximum-likelihood.js';
import type { Spend } from '../histories/order-log.js';
import { digamma, logGamma } from '../numerics/gamma.js';
import { correlation } from '../numerics/correlation.js';
import { ascending, inSequence, sortPositive } from '../numerics/sequence.js';

/** The fit of a model of spend. Plain JSON. */
export interface SpendFit extends Fit {
  /** Buyers without any positive spend, whom the model can't describe. */
  leftOut: number;
  /**
   * Between the number of orders and the mean of an order, over buyers. The model takes it for 0; beyond ±0.3 its
   * expected values are biased.
   */
  correlation: number;
  /** What an order is worth on average, over buyers: stands in where the model has no mean (q ≤ 1). */
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

  /**
   * Fits to the mean of the orders of each row that has any. Its authors take repeat orders only (ibid.: of CDNOW the
   * 946 who came back), as `summarise` does. Where none has a positive worth nothing can be fitted: the mean of all
   * orders that are known, the first ones included, stands in, which is 0 where nobody paid. Never throws for what the
   * data are. Searched in multiples of the mean spend, so that it finds the same in cents as in millions.
   */
  fit(spend: Spend, options: FitOptions = {}): SpendFit {
    const { prior = 'auto', start, maxEvaluations = 300 } = options;
    const buyers = buyersOf(spend);
    const count = buyers.mean.length;
    if (count === 0 && typeof prior !== 'object') return standIn(spend, buyers.leftOut);
    const meanSpend = meanOf(buyers.mean);
    const unit = meanSpend || 1;
    divide(buyers.mean, unit);
    const own = typeof prior === 'object' ? { ...prior, center: inMoney(prior.center, 1 / unit) } : undefined;
    const automatic = prior === 'auto' && count < FEW_BUYERS ? WEAK : null;
    const starts = [
      ...(start ? [inMoney(start, 1 / unit)] : []),
      ...(count === 0 && own ? [own.center] : STARTS),
    ];
    const estimation = (of: Buyers, near?: Fit): Fit =>
      estimate({
        model: 'gamma-gamma',
        parameterNames: ['p', 'q', 'v'],
        timeParameters: [],
        logLikelihood: logLikelihood(of),
        customers: of.mean.length,
        unitDays: 1,
        starts,
        near,
        prior: own ?? automatic,
        scarce: own ? undefined : 'buyers',
        maxEvaluations,
      });
    // Most of the way is found on a sample.
    const every = Math.floor(count / SAMPLE);
    const fit = estimation(buyers, every > 1 ? estimation(sampleOf(buyers, every)) : undefined);
    const related = correlation(buyers.orders, buyers.mean);
    return {
      ...fit,
      parameters: inMoney(fit.parameters, unit),
      standardErrors: fit.standardErrors && inMoney(fit.standardErrors, unit),
      logLikelihood: fit.logLikelihood - count * Math.log(unit),
      prior: fit.prior && { ...fit.prior, center: inMoney(fit.prior.center, unit) },
      leftOut: buyers.leftOut,
      correlation: related,
      meanSpend,
      problems: [
        ...fit.problems,
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
    const expected = new Float64Array(orders.length);
    for (let row = 0; row < expected.length; row++) {
      const x = orders[row]!;
      const m = Math.max(0, mean[row]!);
      const weight = p * x + q - 1;
      if (x === 0) expected[row] = population;
      else expected[row] = weight > 0 ? (p * (v + x * m)) / weight : m;
    }
    return expected;
  },
} as const;

/** The published fit of CDNOW, rounded, in multiples of the mean order: p v/(q - 1) is 1. */
const CENTER = { p: 4, q: 4, v: 3 / 4 };
const WEAK: Prior = { center: CENTER, unitDays: 1, spread: 1.5 };
const STARTS: Parameters[] = [CENTER, { p: 1, q: 2, v: 1 }, { p: 20, q: 1.5, v: 1 / 40 }];

/** Of the parameters v is money; told here in another unit of it. */
const inMoney = (parameters: Parameters, unit: number): Parameters => ({
  ...parameters,
  v: parameters.v! * unit,
});

/** In place of a fit where no repeat order has a positive worth: everybody's next order is worth the mean one. */
function standIn(spend: Spend, leftOut: number): SpendFit {
  const meanSpend = meanOfAllOrders(spend);
  return {
    model: 'gamma-gamma',
    parameters: inMoney(CENTER, meanSpend),
    unitDays: 1,
    customers: 0,
    logLikelihood: 0,
    standardErrors: null,
    covariance: null,
    converged: false,
    gradientNorm: 0,
    evaluations: 0,
    prior: null,
    leftOut,
    correlation: 0,
    meanSpend,
    problems: [
      meanSpend > 0
        ? `No repeat order has a positive worth, so that nothing can be fitted: each is taken to be worth ${meanSpend.toFixed(2)}, the mean of all orders, the first ones included.`
        : 'No order has a positive worth: orders to come, and customers, are taken to be worth 0.',
    ],
  };
}

/** Over customers, of the mean of their orders, the first included. */
function meanOfAllOrders({ orders, mean, first }: Spend): number {
  const means: number[] = [];
  for (let row = 0; row < orders.length; row++) {
    const count = orders[row]! + (first ? 1 : 0);
    if (count > 0) means.push(Math.max(0, ((first?.[row] ?? 0) + orders[row]! * mean[row]!) / count));
  }
  return meanOf(Float64Array.from(means).sort());
}

/** By rising number of orders, those with the same number by the mean of these. */
interface Buyers {
  orders: Int32Array;
  mean: Float64Array;
  leftOut: number;
}

const SAMPLE = 20_000;

/** Every so-manieth buyer. */
function sampleOf({ orders, mean }: Buyers, every: number): Buyers {
  const rows = Uint32Array.from({ length: Math.ceil(orders.length / every) }, (_, at) => at * every);
  return { orders: inSequence(orders, rows), mean: inSequence(mean, rows), leftOut: 0 };
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return values.length ? sum / values.length : 0;
}

function divide(values: Float64Array, unit: number): void {
  for (let row = 0; row < values.length; row++) values[row]! /= unit;
}

function buyersOf({ orders, mean }: Spend): Buyers {
  const rows = new Uint32Array(orders.length);
  let ordered = 0;
  for (let row = 0; row < orders.length; row++) {
    // Who ordered and who did not come as they like, so that a processor would guess wrong at every second condition: the
    // sign says it without one.
    rows[ordered] = row;
    ordered += -orders[row]! >>> 31;
  }
  let count = 0;
  for (let at = 0; at < ordered; at++) {
    const row = rows[at]!;
    if (mean[row]! > 0) rows[count++] = row;
  }
  const found = rows.subarray(0, count);
  const sequence = ascending(inSequence(orders, found));
  for (let at = 0; at < count; at++) sequence[at] = found[sequence[at]!]!;
  const buyers = {
    orders: inSequence(orders, sequence),
    mean: inSequence(mean, sequence),
    leftOut: ordered - count,
  };
  // Numbers by themselves are sorted far quicker than rows.
  for (const { mean } of groupsOf(buyers)) sortPositive(mean);
  return buyers;
}

/** Buyers with the same number of orders, and the mean order of each. */
interface Group {
  orders: number;
  mean: Float64Array;
}

function groupsOf({ orders, mean }: Buyers): Group[] {
  const groups: Group[] = [];
  for (let from = 0, to = 0; from < orders.length; from = to) {
    while (to < orders.length && orders[to] === orders[from]) to++;
    groups.push({ orders: orders[from]!, mean: mean.subarray(from, to) });
  }
  return groups;
}

/** Σ ln m; logarithms are added by multiplying first. */
function logsOf({ mean }: Group): number {
  let [logs, product] = [0, 1];
  for (let row = 0; row < mean.length; row++) {
    product *= mean[row]!;
    if (product > LARGE || product < SMALL) {
      logs += Math.log(product);
      product = 1;
    }
  }
  return logs + Math.log(product);
}

/** A product beyond these is not multiplied further. */
const [SMALL, LARGE] = [1e-150, 1e150];

/** Σ ln(v + x m) and Σ 1/(v + x m), of four at a time: what takes long is to divide, and logarithms. */
function sumsOf({ orders, mean }: Group, v: number): { logs: number; shares: number } {
  let [logs, shares, product] = [0, 0, 1];
  let row = 0;
  for (; row + 3 < mean.length; row += 4) {
    const one = v + orders * mean[row]!;
    const two = v + orders * mean[row + 1]!;
    const three = v + orders * mean[row + 2]!;
    const four = v + orders * mean[row + 3]!;
    const first = one * two;
    const second = three * four;
    const all = first * second;
    shares += ((one + two) * second + (three + four) * first) / all;
    product *= all;
    if (product > LARGE || product < SMALL) {
      logs += Math.log(product);
      product = 1;
    }
  }
  logs += Math.log(product);
  for (; row < mean.length; row++) {
    const sum = v + orders * mean[row]!;
    shares += 1 / sum;
    logs += Math.log(sum);
  }
  return { logs, shares };
}

/** Of each row only ln(v + x m) depends on the parameters; the rest is sums, by number of orders. */
function logLikelihood(buyers: Buyers): LogLikelihood {
  const groups = groupsOf(buyers);
  const count = buyers.orders.length;
  let [logMeans, weightedLogs] = [0, 0];
  for (const group of groups) {
    const logs = logsOf(group);
    logMeans += logs;
    weightedLogs += group.orders * (logs + group.mean.length * Math.log(group.orders));
  }
  return (parameters, gradient) => {
    const [p, q, v] = parameters as unknown as [number, number, number];
    const [gammaQ, digammaQ, logV] = [logGamma(q), digamma(q), Math.log(v)];
    let [value, byP, byQ, byV] = [0, weightedLogs, 0, (count * q) / v];
    for (const group of groups) {
      const [x, customers] = [group.orders, group.mean.length];
      const digammaSum = digamma(p * x + q);
      const { logs, shares } = sumsOf(group, v);
      value += customers * (logGamma(p * x + q) - logGamma(p * x) - gammaQ) - (p * x + q) * logs;
      byP += x * (customers * (digammaSum - digamma(p * x)) - logs);
      byQ += customers * (digammaSum - digammaQ + logV) - logs;
      byV -= (p * x + q) * shares;
    }
    gradient[0] = byP;
    gradient[1] = byQ;
    gradient[2] = byV;
    return value + count * q * logV + p * weightedLogs - logMeans;
  };
}
