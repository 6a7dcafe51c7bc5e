import { inverseOf } from '../numerics/matrix.js';
import { minimise, normWithin, type Minimum } from '../numerics/minimise.js';
import type { Fit, Parameters, Prior } from './fit.js';

/** The log-likelihood at parameters (all above 0); writes its derivatives by them. */
export type LogLikelihood = (parameters: Float64Array, gradient: Float64Array) => number;

export interface Estimation {
  model: string;
  parameterNames: readonly string[];
  logLikelihood: LogLikelihood;
  customers: number;
  unitDays: number;
  /** Points to begin from; the best end is taken. */
  starts: readonly Parameters[];
  prior: Prior | null;
  /** Unit days of the prior to ours: names of parameters that are spans of time. */
  timeParameters: readonly string[];
  maxEvaluations: number;
}

/** Parameters stay between e^-14 and e^14: beyond, the model is its own limit and numbers only get worse. */
const BOUND = 14;
/** Per customer. The flat ridge of the Pareto/NBD needs it for four digits. */
const TOLERANCE = 1e-8;
/** Of the logarithms; central differences of gradients are then good to 1e-8. */
const STEP = 1e-4;

/**
 * Fits by maximum likelihood, in logarithms of the parameters. Never throws and never gives up its best
 * parameters: what went wrong stands in `problems`.
 */
export function estimate(estimation: Estimation): Fit {
  const { parameterNames, customers, starts, maxEvaluations, prior } = estimation;
  const objective = objectiveOf(estimation);
  const size = parameterNames.length;
  let best: Minimum | undefined;
  let evaluations = 0;
  for (const start of starts) {
    const logs = Float64Array.from(parameterNames, (name) => Math.log(start[name]!));
    const found = minimise(objective, logs, { tolerance: TOLERANCE, maxEvaluations, bound: BOUND });
    evaluations += found.evaluations;
    if (!best || !(best.value <= found.value)) best = found;
    if (best.converged) break;
  }
  let { point, value } = best!;
  let curvature = hessian(objective, point);
  let inverse = inverseOf(curvature);
  evaluations += 2 * size;
  const gradient = new Float64Array(size);
  value = objective(point, gradient);
  // Newton's steps from where line searches end for want of digits.
  for (let round = 0; round < 4 && inverse && !(normWithin(point, gradient, BOUND) < TOLERANCE); round++) {
    const step = inverse.map((row) => row.reduce((sum, each, j) => sum + each * gradient[j]!, 0));
    const next = point.map((each, i) => Math.min(BOUND, Math.max(-BOUND, each - step[i]!)));
    const slopes = new Float64Array(size);
    const found = objective(next, slopes);
    evaluations++;
    if (!(found <= value + 1e-12 * Math.abs(value))) break;
    [point, value] = [next, found];
    gradient.set(slopes);
    curvature = hessian(objective, point);
    inverse = inverseOf(curvature);
    evaluations += 2 * size;
  }
  const gradientNorm = normWithin(point, gradient, BOUND);
  const converged = gradientNorm < TOLERANCE * 10;
  const atBound = parameterNames.filter((_, i) => Math.abs(point[i]!) >= BOUND - 1e-9);
  const values = point.map(Math.exp);
  const covariance = inverse && inverse.map((row) => row.map((each) => each / Math.max(customers, 1)));
  return {
    model: estimation.model,
    parameters: record(parameterNames, values),
    unitDays: estimation.unitDays,
    customers,
    logLikelihood: estimation.logLikelihood(values, new Float64Array(size)),
    standardErrors: covariance
      ? record(
          parameterNames,
          values.map((each, i) => each * Math.sqrt(covariance[i]![i]!)),
        )
      : null,
    covariance: covariance ?? null,
    converged,
    gradientNorm,
    evaluations,
    prior,
    problems: [
      ...(converged
        ? []
        : [`It did not converge: the gradient is ${gradientNorm.toExponential(1)} per customer.`]),
      ...(atBound.length ? [`At its bound: ${atBound.join(', ')}. The data don't determine it.`] : []),
      ...(covariance ? [] : ['No standard errors: the likelihood is flat here.']),
      ...(prior ? [`Few repeat buyers: a weak prior was added (spread ${prior.spread}).`] : []),
    ],
  };
}

/** Minus the log-likelihood (and prior) per customer, by logarithms of the parameters. */
function objectiveOf({
  parameterNames,
  logLikelihood,
  customers,
  prior,
  timeParameters,
  unitDays,
}: Estimation) {
  const perCustomer = 1 / Math.max(customers, 1);
  const center =
    prior &&
    parameterNames.map((name) => {
      const units = timeParameters.includes(name) ? prior.unitDays / unitDays : 1;
      return Math.log(prior.center[name]! * units);
    });
  return (logs: Float64Array, gradient: Float64Array): number => {
    const values = logs.map(Math.exp);
    let value = logLikelihood(values, gradient);
    for (let i = 0; i < logs.length; i++) {
      gradient[i]! *= -values[i]! * perCustomer;
      if (!center) continue;
      const distance = (logs[i]! - center[i]!) / prior.spread;
      value -= distance ** 2 / 2;
      gradient[i]! += (distance / prior.spread) * perCustomer;
    }
    return -value * perCustomer;
  };
}

/** From central differences of the gradient. */
function hessian(
  objective: (at: Float64Array, gradient: Float64Array) => number,
  point: Float64Array,
): number[][] {
  const columns = Array.from(point, (_, i) => {
    const [above, below] = [STEP, -STEP].map((step) => {
      const gradient = new Float64Array(point.length);
      objective(
        point.map((each, j) => (i === j ? each + step : each)),
        gradient,
      );
      return gradient;
    }) as [Float64Array, Float64Array];
    return Array.from(above, (each, j) => (each - below[j]!) / (2 * STEP));
  });
  return columns.map((column, i) => column.map((each, j) => (each + columns[j]![i]!) / 2));
}

export const record = (names: readonly string[], values: ArrayLike<number>): Record<string, number> =>
  Object.fromEntries(names.map((name, i) => [name, values[i]!]));
