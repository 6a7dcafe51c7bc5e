/** Parameters of a model by name. Plain JSON. */
export type Parameters = Readonly<Record<string, number>>;

/** A model with parameters: all that is needed to score customers. Plain JSON, fit to stand in an event. */
export interface Fitted {
  /** Name of the model, as in `orderModels`. */
  model: string;
  parameters: Parameters;
  /** Days in the unit of time of the parameters; 7 for weeks. Irrelevant to models without time. */
  unitDays: number;
}

/**
 * A weak prior: the logarithm of each parameter is normal around that of `center`, with standard deviation
 * `spread`. A spread of 1.5 says: within a factor of 19 either way, in nineteen cases of twenty.
 */
export interface Prior {
  center: Parameters;
  /** Days in the unit of time of `center`. */
  unitDays: number;
  spread: number;
}

/** How a model was fitted, and how far to trust it. Plain JSON. */
export interface Fit extends Fitted {
  /** Customers that it was fitted to. */
  customers: number;
  /** Of the data alone, without prior; natural logarithm, without the data's own factorials. */
  logLikelihood: number;
  /** Of the parameters; null where the data don't determine them (the likelihood is flat). */
  standardErrors: Parameters | null;
  /** Of the logarithms of the parameters, in the order of their names; null as above. */
  covariance: number[][] | null;
  converged: boolean;
  /** Largest derivative of the log-likelihood by the logarithm of a parameter, per customer: near 0 at a maximum. */
  gradientNorm: number;
  evaluations: number;
  /** The prior that was added because the customers were too few, if so. */
  prior: Prior | null;
  /** What a reader must know: did not converge, parameters at their bound, prior used, customers left out. */
  problems: string[];
}

export interface FitOptions {
  /** Days in the unit of time of the parameters; default 7. */
  unitDays?: number;
  /**
   * `auto` (default) adds the model's weak prior where there are few repeat buyers; `none` never does; a prior
   * of one's own, e.g. around the parameters of a similar population, is always added.
   */
  prior?: 'auto' | 'none' | Prior;
  /** Where to begin: parameters of the last good fit, in the same unit of time. Kept if nothing better is found. */
  start?: Parameters;
  /** From each place where the search begins; default 300. */
  maxEvaluations?: number;
}

/** 95 % (or `level`) interval of each parameter, from the curvature of the likelihood; always above 0. */
export function intervals(fit: Fit, level = 0.95): Record<string, [number, number]> | null {
  if (!fit.standardErrors) return null;
  const z = normalQuantile((1 + level) / 2);
  return Object.fromEntries(
    Object.entries(fit.parameters).map(([name, value]) => {
      const spread = Math.exp((z * fit.standardErrors![name]!) / value);
      return [name, [value / spread, value * spread]];
    }),
  );
}

/** The quantile of the standard normal (Acklam 2003; relative error below 1.2e-9). */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  if (probability >= 1) return Infinity;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return ratio(q, TAIL_ABOVE, TAIL_BELOW);
  }
  const q = probability - 0.5;
  return q * ratio(q * q, MIDDLE_ABOVE, MIDDLE_BELOW);
}

const ratio = (at: number, above: readonly number[], below: readonly number[]) =>
  above.reduce((sum, each) => sum * at + each, 0) / below.reduce((sum, each) => sum * at + each, 0);

const TAIL_ABOVE = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BELOW = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
const MIDDLE_ABOVE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const MIDDLE_BELOW = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
];
