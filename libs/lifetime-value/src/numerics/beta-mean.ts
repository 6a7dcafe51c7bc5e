/** Points in (0, 1) and their weights, which sum to 1. */
interface Rule {
  a: number;
  b: number;
  points: Float64Array;
  weights: Float64Array;
}

/** Integrals over time ask for one Beta at many horizons, one after the other. */
let latest: Rule = { a: NaN, b: NaN, points: new Float64Array(), weights: new Float64Array() };

/**
 * The mean of a smooth function over p ~ Beta(a, b), by the trapezoidal rule over ln(p/(1-p)): there the density
 * falls exponentially to both sides, so that the error falls exponentially with the number of points (Trefethen,
 * Weideman 2014, SIAM Review 56:3, section 5).
 */
export function betaMean(a: number, b: number, f: (p: number) => number): number {
  if (latest.a !== a || latest.b !== b) latest = ruleOf(a, b);
  const { points, weights } = latest;
  let sum = 0;
  for (let n = 0; n < points.length; n++) sum += weights[n]! * f(points[n]!);
  return sum;
}

function ruleOf(a: number, b: number): Rule {
  const mode = Math.log(a / b);
  // The density is about normal near its mode where a and b are large.
  const step = Math.min(0.4, 0.5 / Math.sqrt((a * b) / (a + b)));
  const log = (y: number) => -a * Math.log1p(Math.exp(-y)) - b * Math.log1p(Math.exp(y));
  const highest = log(mode);
  const points: number[] = [];
  const densities: number[] = [];
  let total = 0;
  for (const direction of [1, -1]) {
    for (let n = direction === 1 ? 0 : 1; ; n++) {
      const y = mode + direction * n * step;
      const density = Math.exp(log(y) - highest);
      if (density < 1e-17) break;
      total += density;
      points.push(1 / (1 + Math.exp(-y)));
      densities.push(density);
    }
  }
  return {
    a,
    b,
    points: Float64Array.from(points),
    weights: Float64Array.from(densities, (density) => density / total),
  };
}
