/** Whether a series goes up or down, without an assumption about its distribution. */
export interface Trend {
  observations: number;
  /** Kendall's S: pairs that rise less pairs that fall. */
  score: number;
  /** S in units of its standard deviation, with the correction for continuity; 0 if it says nothing. */
  z: number;
  /** Two-sided probability of so much of a trend by chance. */
  probability: number;
  /** Median of the slopes of all pairs (Sen 1968), in units of the values for one step. */
  slope: number;
  /** Median of the values. */
  level: number;
}

/**
 * Test of a monotone trend in a series of equal steps: Mann (1945), Kendall (1975, chapter 4), with the variance
 * for ties, Var S = [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18; and Sen's (1968) slope. The normal approximation holds
 * from about 8 observations on (Kendall). Throws RangeError for values that are not numbers.
 */
export function mannKendall(values: readonly number[]): Trend {
  if (!values.every(Number.isFinite)) throw new RangeError('A trend is one of finite numbers.');
  const slopes: number[] = [];
  let score = 0;
  for (let later = 1; later < values.length; later++)
    for (let earlier = 0; earlier < later; earlier++) {
      const rise = values[later]! - values[earlier]!;
      score += Math.sign(rise);
      slopes.push(rise / (later - earlier));
    }
  const deviation = Math.sqrt(varianceOf(values));
  const z = score === 0 || deviation === 0 ? 0 : (score - Math.sign(score)) / deviation;
  return {
    observations: values.length,
    score,
    z,
    probability: complementaryError(Math.abs(z) / Math.SQRT2),
    slope: medianOf(slopes),
    level: medianOf(values),
  };
}

function varianceOf(values: readonly number[]): number {
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  return [...ties.values()].reduce((sum, tied) => sum - term(tied), term(values.length)) / 18;
}

function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** erfc(x) for x ≥ 0, to 1.2e-7 (Press et al., Numerical Recipes, 2nd edition, section 6.2: a Chebyshev fit). */
function complementaryError(x: number): number {
  const t = 1 / (1 + x / 2);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ];
  return t * Math.exp(coefficients.reduce((sum, coefficient) => sum * t + coefficient, 0) - x * x);
}
