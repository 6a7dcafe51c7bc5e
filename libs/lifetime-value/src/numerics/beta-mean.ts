/**
 * The mean of a smooth function over p ~ Beta(a, b), by the trapezoidal rule over ln(p/(1-p)): there the density
 * falls exponentially to both sides, so that the error falls exponentially with the number of points (Trefethen,
 * Weideman 2014, SIAM Review 56:3, section 5).
 */
export function betaMean(a: number, b: number, f: (p: number) => number): number {
  const mode = Math.log(a / b);
  // The density is about normal near its mode where a and b are large.
  const step = Math.min(0.4, 0.5 / Math.sqrt((a * b) / (a + b)));
  const log = (y: number) => -a * Math.log1p(Math.exp(-y)) - b * Math.log1p(Math.exp(y));
  const highest = log(mode);
  let [sum, total] = [0, 0];
  for (const direction of [1, -1]) {
    for (let n = direction === 1 ? 0 : 1; ; n++) {
      const y = mode + direction * n * step;
      const density = Math.exp(log(y) - highest);
      if (density < 1e-17) break;
      total += density;
      sum += density * f(1 / (1 + Math.exp(-y)));
    }
  }
  return sum / total;
}
