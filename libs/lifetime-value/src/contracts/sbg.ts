import type { Fit, FitOptions, Fitted, Prior } from '../fits/fit.js';
import type { Contracts } from './contracts.js';
import { estimate, type LogLikelihood } from '../fits/maximum-likelihood.js';

export interface ContractDiscount {
  /** Discount for one period between renewals, such as 0.1. */
  discountRate: number;
  /** How many renewals ahead; default: all that ever come. */
  periods?: number;
}

const FEW_CONTRACTS = 50;

/** Between the published fits of customers who stay and of those who go (Fader, Hardie 2007), as wide as to say little. */
const weak: Prior = { center: { alpha: 0.7, beta: 2 }, unitDays: 1, spread: 1.5 };

/**
 * Customers under contract, who leave when it comes to renewal: each with a probability of his own that varies as
 * Beta(α, β) (shifted beta-geometric: Fader, Hardie 2007, "How to project customer retention", J. of Interactive
 * Marketing 21:1). Retention rises with the time that customers have stayed, because those likely to go went first.
 * The unit of time is the contract's period.
 */
export const sbg = {
  name: 'sbg',
  title: 'sBG',
  source: 'Fader, Hardie 2007, How to project customer retention, J. of Interactive Marketing 21:1',
  parameterNames: ['alpha', 'beta'],
  /** What a fit leans on where few contracts have ended. */
  weakPrior: weak,

  /** Never throws for what the data are. Throws a RangeError for renewals that are no whole number from 0 on. */
  fit(contracts: Contracts, options: FitOptions = {}): Fit {
    const { prior = 'auto', start, maxEvaluations = 300 } = options;
    const table = tableOf(contracts);
    const ended = table.ended.reduce((sum, each) => sum + each, 0);
    return estimate({
      model: 'sbg',
      parameterNames: ['alpha', 'beta'],
      timeParameters: [],
      logLikelihood: logLikelihood(table),
      customers: ended + table.running.reduce((sum, each) => sum + each, 0),
      unitDays: 1,
      starts: [...(start ? [start] : []), weak.center, { alpha: 2, beta: 20 }],
      prior: typeof prior === 'object' ? prior : prior === 'auto' && ended < FEW_CONTRACTS ? weak : null,
      scarce: typeof prior === 'object' ? undefined : 'contracts that ended',
      maxEvaluations,
    });
  },

  /** The probability that a contract with so many renewals is renewed once more: (β+n)/(α+β+n) (ibid., eq. 7). */
  retentionRate({ parameters }: Fitted, renewals: number): number {
    const { alpha, beta } = parameters;
    return (beta! + renewals) / (alpha! + beta! + renewals);
  },

  /** The share of new contracts that are renewed at least so often (ibid., eq. 6). */
  survival(fitted: Fitted, renewals: number): number {
    let share = 1;
    for (let n = 0; n < renewals; n++) share *= sbg.retentionRate(fitted, n);
    return share;
  },

  /**
   * Renewals to come of a running contract, each discounted to the end of the period that is paid for, in which it
   * counts in full (Fader, Hardie 2010, "Customer-base valuation in a contractual setting", Marketing Science
   * 29:1, eq. 6, without the payment that is due already).
   */
  discountedRenewals(
    fitted: Fitted,
    renewals: number,
    { discountRate, periods = Infinity }: ContractDiscount,
  ): number {
    if (!(discountRate > 0) && periods === Infinity) {
      throw new RangeError('Without a number of periods the discount rate must be above 0.');
    }
    let [sum, worth] = [0, 1];
    for (let n = 0; n < periods && worth > 1e-12 * sum * discountRate; n++) {
      worth *= sbg.retentionRate(fitted, renewals + n) / (n === 0 ? 1 : 1 + discountRate);
      sum += worth;
    }
    return sum;
  },
} as const;

/** Contracts that ended after, and that run after, n renewals. */
interface Table {
  ended: Float64Array;
  running: Float64Array;
}

function tableOf({ renewals, ended, weight }: Contracts): Table {
  let most = 0;
  for (let row = 0; row < renewals.length; row++) {
    const count = renewals[row]!;
    if (!Number.isInteger(count) || count < 0 || count > 1_000_000) {
      throw new RangeError(`Row ${row}: renewals must be a whole number from 0 on.`);
    }
    most = Math.max(most, count);
  }
  const table = { ended: new Float64Array(most + 1), running: new Float64Array(most + 1) };
  for (let row = 0; row < renewals.length; row++) {
    (ended[row] ? table.ended : table.running)[renewals[row]!]! += weight ? weight[row]! : 1;
  }
  return table;
}

/** P(ends after n renewals) = S(n) α/(α+β+n), S(n) = Π_{j<n} (β+j)/(α+β+j). */
function logLikelihood({ ended, running }: Table): LogLikelihood {
  return (parameters, gradient) => {
    const [alpha, beta] = parameters as unknown as [number, number];
    let [value, byAlpha, byBeta] = [0, 0, 0];
    let [logSurvival, survivalByAlpha, survivalByBeta] = [0, 0, 0];
    for (let n = 0; n < ended.length; n++) {
      const perSum = 1 / (alpha + beta + n);
      const all = ended[n]! + running[n]!;
      value += all * logSurvival + ended[n]! * Math.log(alpha * perSum);
      byAlpha += all * survivalByAlpha + ended[n]! * (1 / alpha - perSum);
      byBeta += all * survivalByBeta - ended[n]! * perSum;
      logSurvival += Math.log((beta + n) * perSum);
      survivalByAlpha -= perSum;
      survivalByBeta += 1 / (beta + n) - perSum;
    }
    gradient[0] = byAlpha;
    gradient[1] = byBeta;
    return value;
  };
}
