import type { Parameters } from '../fits/fit.js';
import type { LogLikelihood } from '../fits/maximum-likelihood.js';
import { largest } from '../histories/grouped.js';
import type { Histories } from '../histories/histories.js';
import { orderModel, type Alive } from './order-model.js';

/**
 * Opportunities come one a period (a yearly appeal, a weekly market). While alive, customers take each with a
 * probability that varies as Beta(α, β); before each they go for ever with one that varies as Beta(γ, δ)
 * (Fader, Hardie, Shang 2010, Customer-base analysis in a discrete-time noncontractual setting, Marketing
 * Science 29:6). Of n opportunities x were taken, the last of them the t_x-th; eq. 5:
 *
 *   L = B(α+x, β+n-x)/B(α,β) · B(γ, δ+n)/B(γ,δ)
 *     + Σ_{i=0}^{n-t_x-1} B(α+x, β+t_x-x+i)/B(α,β) · B(γ+1, δ+t_x+i)/B(γ,δ)
 *
 * Being alive means: at the opportunity to come.
 */
export const bgBb = orderModel({
  name: 'bg-bb',
  title: 'BG/BB',
  source:
    'Fader, Hardie, Shang 2010, Customer-base analysis in a discrete-time noncontractual setting, Marketing Science 29:6',
  parameterNames: ['alpha', 'beta', 'gamma', 'delta'],
  timeParameters: [],
  prior: { center: { alpha: 1, beta: 1, gamma: 0.7, delta: 2.5 }, unitDays: 1, spread: 1.5 },
  starts: () => [
    { alpha: 1, beta: 1, gamma: 0.7, delta: 2.5 },
    { alpha: 0.3, beta: 2, gamma: 0.2, delta: 4 },
  ],
  logLikelihood,
  probabilityAlive,
  alive,
  probabilityNewAlive: ({ gamma, delta }) => delta! / (gamma! + delta!),
});

/** ln B(one+x, other+m)/B(one, other) for all x and m up to a number, with its derivatives by both. */
class BetaRatio {
  private readonly logOne: Float64Array;
  private readonly logOther: Float64Array;
  private readonly logBoth: Float64Array;
  private readonly perOne: Float64Array;
  private readonly perOther: Float64Array;
  private readonly perBoth: Float64Array;

  constructor(one: number, other: number, most: number) {
    [this.logOne, this.perOne] = rising(one, most);
    [this.logOther, this.perOther] = rising(other, most);
    [this.logBoth, this.perBoth] = rising(one + other, most);
  }

  log(x: number, m: number): number {
    return this.logOne[x]! + this.logOther[m]! - this.logBoth[x + m]!;
  }

  byOne(x: number, m: number): number {
    return this.perOne[x]! - this.perBoth[x + m]!;
  }

  byOther(x: number, m: number): number {
    return this.perOther[m]! - this.perBoth[x + m]!;
  }
}

/** ln Γ(from+n)/Γ(from) and its derivative, for n up to `most`. */
function rising(from: number, most: number): [Float64Array, Float64Array] {
  const logs = new Float64Array(most + 1);
  const slopes = new Float64Array(most + 1);
  for (let n = 0; n < most; n++) {
    logs[n + 1] = logs[n]! + Math.log(from + n);
    slopes[n + 1] = slopes[n]! + 1 / (from + n);
  }
  return [logs, slopes];
}

/** One more than the opportunities there were: (γ+1, δ+n) needs it. */
const tablesOf = (parameters: ArrayLike<number>, { age }: Histories) => {
  const most = largest(age) + 2;
  return {
    takes: new BetaRatio(parameters[0]!, parameters[1]!, most),
    goes: new BetaRatio(parameters[2]!, parameters[3]!, most),
  };
};

function logLikelihood(histories: Histories): LogLikelihood {
  const { frequency, recency, age, weight, size } = histories;
  return (parameters, gradient) => {
    const { takes, goes } = tablesOf(parameters, histories);
    gradient.fill(0);
    let value = 0;
    for (let row = 0; row < size; row++) {
      const [x, last, n, w] = [frequency[row]!, recency[row]!, age[row]!, weight[row]!];
      // The first term is that of i = n - t_x with (γ, δ+n) for (γ+1, δ+n).
      const logTerm = (i: number) =>
        takes.log(x, last - x + i) + (last + i < n ? goes.log(1, last + i) : goes.log(0, n));
      let highest = -Infinity;
      for (let i = 0; i <= n - last; i++) highest = Math.max(highest, logTerm(i));
      let sum = 0;
      const slopes = [0, 0, 0, 0];
      for (let i = 0; i <= n - last; i++) {
        const term = Math.exp(logTerm(i) - highest);
        const end = last + i;
        const [gone, stayed] = end < n ? [1, end] : [0, n];
        sum += term;
        slopes[0]! += term * takes.byOne(x, end - x);
        slopes[1]! += term * takes.byOther(x, end - x);
        slopes[2]! += term * goes.byOne(gone, stayed);
        slopes[3]! += term * goes.byOther(gone, stayed);
      }
      value += w * (highest + Math.log(sum));
      for (let each = 0; each < 4; each++) gradient[each]! += (w * slopes[each]!) / sum;
    }
    return value;
  };
}

function probabilityAlive(parameters: Parameters, histories: Histories): Float64Array {
  const { alpha, beta, gamma, delta } = parameters;
  const { takes, goes } = tablesOf([alpha!, beta!, gamma!, delta!], histories);
  const { frequency, recency, age, size } = histories;
  return Float64Array.from({ length: size }, (_, row) => {
    const [x, last, n] = [frequency[row]!, recency[row]!, age[row]!];
    const stays = takes.log(x, n - x) + goes.log(0, n + 1);
    let odds = 0;
    // Gone before any opportunity since the last that was taken, or before the one to come.
    for (let end = last; end <= n; end++) odds += Math.exp(takes.log(x, end - x) + goes.log(1, end) - stays);
    return 1 / (1 + odds);
  });
}

/**
 * Who is alive at the opportunity to come takes each with Beta(α+x, β+n-x) and goes before each further one with
 * Beta(γ, δ+n+1). Horizons are whole periods: a begun one does not count.
 */
function alive(parameters: Parameters): Alive {
  const { alpha, beta, gamma, delta } = parameters as Record<'alpha' | 'beta' | 'gamma' | 'delta', number>;
  /** The probability to be alive at each opportunity to come, and still to be so at the next. */
  const survival = (age: number, periods: number): Float64Array => {
    const there = new Float64Array(periods + 1);
    there[0] = 1;
    for (let j = 0; j < periods; j++) {
      there[j + 1] = there[j]! * ((delta + age + 1 + j) / (gamma + delta + age + 1 + j));
    }
    return there;
  };
  const share = (x: number, n: number) => (alpha + x) / (alpha + beta + n);

  function discountedOrders(x: number, n: number, rate: number, horizon: number): number {
    // Beyond, a discounted order is worth less than 1e-16.
    const periods = Math.floor(Math.min(horizon, rate > 0 ? 37 / rate : Infinity) + 1e-9);
    const perPeriod = Math.exp(-rate);
    let [worth, sum] = [perPeriod, 0];
    for (let j = 1; j <= periods; j++) {
      sum += worth;
      worth *= (perPeriod * (delta + n + j)) / (gamma + delta + n + j);
    }
    return share(x, n) * sum;
  }

  function counts(x: number, n: number, horizon: number, most: number): Float64Array {
    const periods = Math.floor(horizon + 1e-9);
    const result = new Float64Array(most + 1);
    if (periods === 0) result[0] = 1;
    const there = survival(n, periods);
    for (let j = 1; j <= periods; j++) {
      const exactly = j < periods ? there[j - 1]! - there[j]! : there[j - 1]!;
      betaBinomial(j, alpha + x, beta + n - x, most).forEach(
        (each, orders) => (result[orders]! += exactly * each),
      );
    }
    return result;
  }

  return {
    expectedOrders: (x, n, horizon) => discountedOrders(x, n, 0, horizon),
    discountedOrders,
    idle: (x, n, horizon) => counts(x, n, horizon, 0)[0]!,
    counts,
  };
}

/** Probabilities of 0 to `most` of n, each with a probability of Beta(a, b). */
function betaBinomial(n: number, a: number, b: number, most: number): Float64Array {
  const probabilities = new Float64Array(most + 1);
  let log = 0;
  for (let j = 0; j < n; j++) log += Math.log((b + j) / (a + b + j));
  for (let k = 0; k <= Math.min(n, most); k++) {
    probabilities[k] = Math.exp(log);
    log += Math.log(((n - k) * (a + k)) / ((k + 1) * (b + n - k - 1)));
  }
  return probabilities;
}
