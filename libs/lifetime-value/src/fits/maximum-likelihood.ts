import { inverseOf } from '../numerics/matrix.js';
import { minimise, normWithin, type Minimum, type Objective } from '../numerics/minimise.js';
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
  /** The fit of a sample of the same customers: the maximum is near, and curved alike; nothing else is tried. */
  near?: Fit | undefined;
  prior: Prior | null;
  /** What there is little of where the model adds a prior by itself; undefined: the prior is one that was asked for. */
  scarce: string | undefined;
  /** Unit days of the prior to ours: names of parameters that are spans of time. */
  timeParameters: readonly string[];
  maxEvaluations: number;
}

/** Parameters stay between e^-14 and e^14: beyond, the model is its own limit and numbers only get worse. */
const BOUND = 14;
/** Per customer. The flat ridge of the Pareto/NBD needs it for four digits. */
const TOLERANCE = 1e-8;
/** Rounding may keep it from the tolerance. */
const CONVERGED = 10 * TOLERANCE;
/** From here on Newton's steps converge. */
const NEAR = 1e-4;
/** What was not found on a sample with so many more evaluations is not looked for long where each takes long. */
const LOST = 50;
/** Standard error of a logarithm above which the data say less of a parameter than a weak prior would. */
const VAGUE = 1.5;
/** Of the logarithms; central differences of gradients are then good to 1e-8. */
const STEP = 1e-4;

/**
 * Fits by maximum likelihood, in logarithms of the parameters. Never throws and never gives up its best
 * parameters: what went wrong stands in `problems`.
 */
export function estimate(estimation: Estimation): Fit {
  const { parameterNames, customers, prior, near } = estimation;
  const starts = near ? [near.parameters] : estimation.starts;
  const maxEvaluations = Math.min(estimation.maxEvaluations, near?.converged === false ? LOST : Infinity);
  const objective = objectiveOf(estimation);
  const size = parameterNames.length;
  let best: Optimum | undefined;
  let evaluations = 0;
  if (near?.covariance) {
    best = fromNear(objective, near, maxEvaluations, parameterNames);
    evaluations = near.evaluations + best.evaluations;
  }
  for (const start of starts) {
    if (best && best.gradientNorm < CONVERGED) break;
    const logs = Float64Array.from(parameterNames, (name) => Math.log(start[name]!));
    const found = optimise(objective, logs, maxEvaluations);
    evaluations += found.evaluations;
    if (!best || !(best.value <= found.value)) best = found;
  }
  const { point, gradientNorm, inverse } = best!;
  const converged = gradientNorm < CONVERGED;
  const atBound = parameterNames.filter((_, i) => Math.abs(point[i]!) >= BOUND - 1e-9);
  const values = point.map(Math.exp);
  const covariance = inverse && inverse.map((row) => row.map((each) => each / Math.max(customers, 1)));
  const vague = parameterNames.filter(
    (name, i) => !prior && !atBound.includes(name) && covariance && Math.sqrt(covariance[i]![i]!) > VAGUE,
  );
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
      ...(vague.length
        ? [
            `Hardly determined: ${vague.join(', ')}. The standard error is more than ${VAGUE} times the estimate.`,
          ]
        : []),
      ...(covariance ? [] : ['No standard errors: the likelihood is flat here.']),
      ...(prior ? [priorIn(prior, estimation.scarce)] : []),
    ],
  };
}

const priorIn = ({ spread }: Prior, scarce: string | undefined): string =>
  scarce === undefined
    ? `A prior was added, as it was asked for (spread ${spread}).`
    : `Few ${scarce}: a weak prior was added (spread ${spread}).`;

interface Optimum {
  point: Float64Array;
  value: number;
  gradientNorm: number;
  /** Of the Hessian, unless the likelihood is flat. */
  inverse: number[][] | undefined;
  evaluations: number;
}

/**
 * BFGS until near, then Newton's steps, whose Hessian also gives the standard errors; BFGS again to the end where
 * the Hessian is of no use.
 */
function optimise(objective: Objective, start: Float64Array, maxEvaluations: number): Optimum {
  const near = minimise(objective, start, { tolerance: NEAR, maxEvaluations, bound: BOUND });
  const polished = newton(objective, near, maxEvaluations);
  if (polished.gradientNorm < TOLERANCE || polished.evaluations >= maxEvaluations) return polished;
  const rest = maxEvaluations - polished.evaluations;
  const slow = minimise(objective, polished.point, {
    tolerance: TOLERANCE,
    maxEvaluations: rest,
    bound: BOUND,
  });
  const end = newton(objective, slow, rest);
  return { ...end, evaluations: end.evaluations + polished.evaluations };
}

/** Newton's steps from the fit of a sample, with its curvature. */
function fromNear(
  objective: Objective,
  near: Fit,
  maxEvaluations: number,
  names: readonly string[],
): Optimum {
  const point = Float64Array.from(names, (name) => Math.log(near.parameters[name]!));
  const gradient = new Float64Array(names.length);
  const value = objective(point, gradient);
  const gradientNorm = normWithin(point, gradient, BOUND);
  const curvature = near.covariance!.map((row) => row.map((each) => each * near.customers));
  const start = { point, value, gradient, gradientNorm, evaluations: 1 };
  return newton(objective, start, maxEvaluations, curvature);
}

/** Steps below keep the Hessian: it changes by less than its own error. */
const SMALL_STEP = 1e-3;

/** A step that lowers the gradient less asks for a Hessian of its own place. */
const WORTHWHILE = 0.3;

function newton(
  objective: Objective,
  from: Pick<Minimum, 'point' | 'value' | 'gradient' | 'gradientNorm' | 'evaluations'>,
  maxEvaluations: number,
  curvature?: number[][],
): Optimum {
  const size = from.point.length;
  let { point, value, gradientNorm, evaluations } = from;
  const gradient = from.gradient.slice();
  let inverse = curvature;
  let isFresh = false;
  const renew = () => {
    inverse = inverseOf(hessian(objective, point));
    evaluations += 2 * size;
    isFresh = true;
  };
  if (!inverse) renew();
  while (inverse && !(gradientNorm < TOLERANCE) && evaluations < maxEvaluations) {
    const step = inverse.map((row) => row.reduce((sum, each, j) => sum + each * gradient[j]!, 0));
    const next = point.map((each, i) => Math.min(BOUND, Math.max(-BOUND, each - step[i]!)));
    const slopes = new Float64Array(size);
    const found = objective(next, slopes);
    const norm = normWithin(next, slopes, BOUND);
    evaluations++;
    // Along a bent ridge the value falls while the gradient grows; near the minimum the value has no digits left to
    // compare by, but the gradient has.
    const digits = 1e-12 * Math.abs(value);
    const isBetter = found < value - digits || (found <= value + digits && norm < gradientNorm);
    if (!isBetter || Number.isNaN(norm)) {
      if (isFresh) break;
      renew();
      continue;
    }
    const isSlow = norm > WORTHWHILE * gradientNorm;
    isFresh &&= Math.max(...step.map(Math.abs)) < SMALL_STEP;
    [point, value, gradientNorm] = [next, found, norm];
    gradient.set(slopes);
    if (isSlow && !isFresh && norm >= TOLERANCE) renew();
  }
  if (!isFresh) renew();
  return { point, value, gradientNorm, inverse, evaluations };
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
