import type { Fitted, Parameters } from '../fits/fit.js';
import { record } from '../fits/maximum-likelihood.js';
import { inverseOf } from '../numerics/matrix.js';

export type Stage = 'introduction' | 'growth' | 'maturity' | 'decline';

/** Plain JSON. */
export interface BassFit extends Fitted {
  /** Periods that it was fitted to. */
  periods: number;
  /** Of p, q and m; null where the series does not determine them. */
  standardErrors: Parameters | null;
  /** Root of the mean squared error of a period's adoptions, with three degrees of freedom taken off. */
  residualError: number;
  /** Share of the variance of adoptions that is explained; below 0 it is worse than their mean. */
  explained: number;
  converged: boolean;
  evaluations: number;
  problems: string[];
}

const NAMES = ['p', 'q', 'm'];
const MOST_ROUNDS = 200;

/**
 * How a new product spreads: of those who have not bought it yet, a share p + q F(t) does in the next moment; p is
 * innovation, q imitation of the share F of the market m that has (Bass 1969, "A new product growth for model
 * consumer durables", Management Science 15:5). Time is in periods of the series and begins with the first.
 */
export const bass = {
  name: 'bass',
  title: 'Bass',
  source: 'Bass 1969, A new product growth for model consumer durables, Management Science 15:5',
  parameterNames: NAMES,

  /**
   * Fits p, q and m to first purchases per period (one entry a period, from the launch on), by nonlinear least
   * squares on the increments of the adoption curve (Srinivasan, Mason 1986, Marketing Science 5:2), from the
   * regression of Bass (1969). Never throws; what the series does not tell stands in `problems`.
   */
  fit(adoptions: ArrayLike<number>): BassFit {
    const observed = Array.from(adoptions, (each) => (Number.isFinite(each) ? each : 0));
    return leastSquares(observed, startOf(observed));
  },

  /** The share of the market that has bought until t (Bass 1969, eq. 9): (1-e)/(1+(q/p)e), e = exp(-(p+q)t). */
  share({ parameters }: Fitted, t: number): number {
    return shareAt(parameters.p!, parameters.q!, t);
  },

  /** First purchases between two times. */
  adoptions(fitted: Fitted, from: number, to: number): number {
    return fitted.parameters.m! * (bass.share(fitted, to) - bass.share(fitted, from));
  },

  /** When adoptions are at their highest: ln(q/p)/(p+q) (ibid.); 0 if they fall from the beginning. */
  peak({ parameters }: Fitted): number {
    const { p, q } = parameters as Record<'p' | 'q', number>;
    return Math.max(0, Math.log(q / p) / (p + q));
  },

  /**
   * Where the product is at t. Introduction ends and decline begins where the rate of adoption bends most, at
   * ln((2∓√3)q/p)/(p+q); growth turns into maturity at the peak (Mahajan, Muller, Srivastava 1990, J. of Marketing
   * Research 27:1). Without a peak the product has never grown: decline.
   */
  stage(fitted: Fitted, t: number): Stage {
    const { p, q } = fitted.parameters as Record<'p' | 'q', number>;
    const bend = Math.log(2 + Math.sqrt(3)) / (p + q);
    const peak = Math.log(q / p) / (p + q);
    if (t < peak - bend) return 'introduction';
    if (t < peak) return 'growth';
    return t < peak + bend && peak > 0 ? 'maturity' : 'decline';
  },
} as const;

function shareAt(p: number, q: number, t: number): number {
  if (t <= 0) return 0;
  const decay = Math.exp(-(p + q) * t);
  return -Math.expm1(-(p + q) * t) / (1 + (q / p) * decay);
}

const curve = (logs: readonly number[], periods: number): number[] => {
  const [p, q, m] = logs.map(Math.exp) as [number, number, number];
  return Array.from({ length: periods }, (_, t) => m * (shareAt(p, q, t + 1) - shareAt(p, q, t)));
};

/**
 * Bass's own regression n = a + bN + cN² on adopters so far N gives m, p = a/m and q = -cm (ibid., eq. 11); where
 * its signs are impossible, a product that has sold half of its market.
 */
function startOf(observed: readonly number[]): number[] {
  const total = observed.reduce((sum, each) => sum + each, 0);
  const usual = { p: 0.03, q: 0.4, m: Math.max(total * 2, 1e-6) };
  let before = 0;
  const normal = [
    [1e-12, 0, 0],
    [0, 1e-12, 0],
    [0, 0, 1e-12],
  ];
  const right = [0, 0, 0];
  for (const each of observed) {
    // In shares of the total: the powers then stay comparable.
    const share = total > 0 ? before / total : 0;
    const row = [1, share, share * share];
    row.forEach((one, i) => {
      row.forEach((other, j) => (normal[i]![j]! += one * other));
      right[i]! += one * (total > 0 ? each / total : 0);
    });
    before += each;
  }
  const inverse = inverseOf(normal);
  if (inverse) {
    const [a, b, c] = inverse.map((row) => row.reduce((sum, each, j) => sum + each * right[j]!, 0)) as [
      number,
      number,
      number,
    ];
    const market = (-b - Math.sqrt(b * b - 4 * a * c)) / (2 * c);
    const [p, q] = [a / market, -c * market];
    if (p > 1e-6 && p < 1 && q > 1e-6 && q < 3 && market > 0.5) return [p, q, market * total].map(Math.log);
  }
  return [usual.p, usual.q, usual.m].map(Math.log);
}

/** Levenberg and Marquardt's method (Marquardt 1963) in the logarithms of p, q and m. */
function leastSquares(observed: readonly number[], start: number[]): BassFit {
  const periods = observed.length;
  const scale = Math.max(...observed.map(Math.abs), 1e-12);
  const errorOf = (logs: readonly number[]) =>
    curve(logs, periods).reduce((sum, each, t) => sum + ((observed[t]! - each) / scale) ** 2, 0);
  let logs = start;
  let error = errorOf(logs);
  let damping = 1e-3;
  let evaluations = 1;
  let converged = false;
  while (evaluations < MOST_ROUNDS && !converged && periods > 0) {
    const { normal, right } = equations(observed, logs, scale);
    const damped = normal.map((row, i) =>
      row.map((each, j) => (i === j ? each * (1 + damping) + 1e-15 : each)),
    );
    const inverse = inverseOf(damped);
    const step = inverse?.map((row) => row.reduce((sum, each, j) => sum + each * right[j]!, 0)) ?? [0, 0, 0];
    const longest = Math.max(...step.map(Math.abs));
    const next = logs.map((each, i) => Math.min(40, Math.max(-40, each + step[i]! / Math.max(1, longest))));
    const found = errorOf(next);
    evaluations++;
    if (inverse && found <= error) {
      converged = longest < 1e-7;
      [logs, error, damping] = [next, found, damping / 5];
    } else {
      // No step, however small, improves on a minimum.
      if (damping > 1e12) break;
      damping *= 4;
    }
  }
  return report(observed, logs, { error, scale, evaluations, converged });
}

/** The normal equations of one step, with derivatives by central differences. */
function equations(observed: readonly number[], logs: readonly number[], scale: number) {
  const h = 1e-5;
  const now = curve(logs, observed.length);
  const slopes = logs.map((_, i) => {
    const moved = (by: number) =>
      curve(
        logs.map((each, j) => (i === j ? each + by : each)),
        observed.length,
      );
    const [above, below] = [moved(h), moved(-h)];
    return above.map((each, t) => (each - below[t]!) / (2 * h * scale));
  });
  const product = (one: readonly number[], other: readonly number[]) =>
    one.reduce((sum, each, t) => sum + each * other[t]!, 0);
  const residuals = now.map((each, t) => (observed[t]! - each) / scale);
  return {
    normal: slopes.map((one) => slopes.map((other) => product(one, other))),
    right: slopes.map((one) => product(one, residuals)),
  };
}

function report(
  observed: readonly number[],
  logs: readonly number[],
  {
    error,
    scale,
    evaluations,
    converged,
  }: { error: number; scale: number; evaluations: number; converged: boolean },
): BassFit {
  const periods = observed.length;
  const freedom = periods - NAMES.length;
  const variance = freedom > 0 ? error / freedom : NaN;
  const values = logs.map(Math.exp);
  const inverse = freedom > 0 ? inverseOf(equations(observed, logs, scale).normal) : undefined;
  const errors = inverse?.map((row, i) => values[i]! * Math.sqrt(row[i]! * variance));
  const mean = observed.reduce((sum, each) => sum + each, 0) / Math.max(periods, 1);
  const spread = observed.reduce((sum, each) => sum + ((each - mean) / scale) ** 2, 0);
  const fitted = { model: 'bass', parameters: record(NAMES, values), unitDays: 1 };
  const peak = bass.peak(fitted);
  return {
    ...fitted,
    periods,
    standardErrors: errors?.every(Number.isFinite) ? record(NAMES, errors) : null,
    residualError: freedom > 0 ? scale * Math.sqrt(variance) : 0,
    explained: spread > 0 ? 1 - error / spread : 0,
    converged,
    evaluations,
    problems: [
      ...(freedom > 0 ? [] : ['Fewer than four periods do not determine three parameters.']),
      ...(observed.some((each) => each > 0) ? [] : ['Nobody has adopted it.']),
      ...(converged || freedom <= 0
        ? []
        : ['It did not converge; these are the best parameters that were met.']),
      ...(peak > periods ? ['The peak lies ahead: the size of the market is extrapolated.'] : []),
      ...(errors?.every(Number.isFinite)
        ? []
        : ['No standard errors: the series does not determine the curve.']),
    ],
  };
}
