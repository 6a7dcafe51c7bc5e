/** Gives the value at a point and writes its gradient. Infinite or NaN where the point makes no sense. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  /** The best point met, also where nothing converged. */
  point: Float64Array;
  value: number;
  gradient: Float64Array;
  /** Largest entry of the gradient, without directions that lead out of the bounds. */
  gradientNorm: number;
  evaluations: number;
  converged: boolean;
}

export interface MinimiseOptions {
  /** It has converged when the gradient's norm is below. */
  tolerance: number;
  maxEvaluations: number;
  /** Every coordinate stays within ± of it. */
  bound: number;
}

/** A step is good enough when it lowers the value by this share of what its slope promised (Armijo). */
const SUFFICIENT = 1e-4;
/** Longest step: in logarithms of parameters, a factor of e². */
const LONGEST_STEP = 2;
/** So many evaluations without progress: on a flat ridge rounding leaves nothing to go by. */
const PATIENCE = 20;
/** Progress is a value less by this share of it, or a gradient of this share. */
const PROGRESS = { value: 1e-11, gradient: 0.5 };

/**
 * BFGS with backtracking (Nocedal and Wright, Numerical Optimization, 2006, algorithm 6.1) inside a box. Never
 * throws: it ends with the best point that it met and says whether that is a minimum.
 */
export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Minimum {
  const { tolerance, maxEvaluations, bound } = options;
  const size = start.length;
  let point: Float64Array = start.map((each) => clamp(each, bound));
  let gradient: Float64Array = new Float64Array(size);
  let value = objective(point, gradient);
  let evaluations = 1;
  let inverse = identity(size);
  let fresh = true;
  let progress = { value: Infinity, norm: Infinity, at: evaluations };
  while (evaluations < maxEvaluations && Number.isFinite(value)) {
    const norm = normWithin(point, gradient, bound);
    if (norm < tolerance) break;
    if (
      value < progress.value - PROGRESS.value * Math.abs(value) ||
      norm < PROGRESS.gradient * progress.norm
    ) {
      progress = { value, norm, at: evaluations };
    } else if (evaluations - progress.at > PATIENCE) break;
    const direction = downhill(inverse, point, gradient, bound);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      if (fresh) break;
      [inverse, fresh] = [identity(size), true];
      continue;
    }
    const longest = Math.max(...direction.map(Math.abs));
    if (longest > LONGEST_STEP) {
      for (let i = 0; i < size; i++) direction[i]! *= LONGEST_STEP / longest;
      slope *= LONGEST_STEP / longest;
    }
    let next: Step | undefined;
    for (let length = 1; length > 1e-10 && evaluations < maxEvaluations; length *= 0.35) {
      const tried = point.map((each, i) => clamp(each + length * direction[i]!, bound));
      const slopes = new Float64Array(size);
      const found = objective(tried, slopes);
      evaluations++;
      // Rounding: near the minimum values no longer differ, only gradients do.
      const slack = 1e-13 * Math.abs(value);
      if (found <= value + SUFFICIENT * length * slope + slack && slopes.every(Number.isFinite)) {
        next = { point: tried, value: found, gradient: slopes };
        break;
      }
    }
    if (!next) {
      if (fresh) break;
      [inverse, fresh] = [identity(size), true];
      continue;
    }
    inverse = updated(inverse, difference(next.point, point), difference(next.gradient, gradient), fresh);
    fresh = false;
    ({ point, value, gradient } = next);
  }
  const gradientNorm = normWithin(point, gradient, bound);
  return { point, value, gradient, gradientNorm, evaluations, converged: gradientNorm < tolerance };
}

interface Step {
  point: Float64Array;
  value: number;
  gradient: Float64Array;
}

const clamp = (value: number, bound: number) => Math.min(bound, Math.max(-bound, value));

/** Whether going downhill would leave the box here. */
const leaves = (at: number, slope: number, bound: number) =>
  (at >= bound && slope < 0) || (at <= -bound && slope > 0);

/** Largest slope that can still be followed; NaN if there is none to be had. */
export function normWithin(point: Float64Array, gradient: Float64Array, bound: number): number {
  let norm = 0;
  for (let i = 0; i < point.length; i++) {
    const slope = gradient[i]!;
    if (Number.isNaN(slope)) return NaN;
    if (!leaves(point[i]!, slope, bound)) norm = Math.max(norm, Math.abs(slope));
  }
  return norm;
}

type Rows = readonly Float64Array[];

function identity(size: number): Rows {
  return Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => Number(i === j)),
  );
}

function downhill(inverse: Rows, point: Float64Array, gradient: Float64Array, bound: number): Float64Array {
  return Float64Array.from(inverse, (row, i) =>
    leaves(point[i]!, gradient[i]!, bound) ? 0 : -dot(row, gradient),
  );
}

/** The BFGS update of the inverse Hessian; the first also takes its scale from the step (ibid., eq. 6.20). */
function updated(inverse: Rows, step: Float64Array, change: Float64Array, scale: boolean): Rows {
  const curvature = dot(step, change);
  if (!(curvature > 1e-300)) return inverse;
  const size = step.length;
  const factor = scale ? curvature / dot(change, change) : 1;
  const before = inverse.map((row) => row.map((each) => each * factor));
  const product = Float64Array.from(before, (row) => dot(row, change));
  const quadratic = (1 + dot(change, product) / curvature) / curvature;
  return before.map((row, i) =>
    Float64Array.from(
      { length: size },
      (_, j) =>
        row[j]! +
        quadratic * step[i]! * step[j]! -
        (product[i]! * step[j]! + step[i]! * product[j]!) / curvature,
    ),
  );
}

export function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}

const difference = (one: Float64Array, other: Float64Array) => one.map((each, i) => each - other[i]!);
