import { integrate } from '../numerics/quadrature.js';

const DAYS_OF_A_YEAR = 365.25;

/** The yearly rate, such as 0.1, as a rate of continuous compounding per day. */
export const dailyRate = (annualDiscountRate: number): number =>
  Math.log1p(annualDiscountRate) / DAYS_OF_A_YEAR;

/**
 * ∫₀ʰ e^(-ρt) dE(t) of expected orders E, by parts: e^(-ρh) E(h) + ρ ∫₀ʰ e^(-ρt) E(t) dt. The integral runs over
 * ln(1 + t/scale), where E bends equally everywhere. An infinite horizon needs a rate above 0.
 */
export function discounted(
  expected: (t: number) => number,
  rate: number,
  horizon: number,
  scale: number,
): number {
  if (rate === 0) return expected(horizon);
  const end = Math.min(horizon, 45 / rate);
  const inside = integrate(
    (log) => {
      const t = scale * Math.expm1(log);
      return Math.exp(-rate * t) * expected(t) * (scale + t);
    },
    0,
    Math.log1p(end / scale),
    end === horizon ? 20 : 48,
  );
  return rate * inside + (end === horizon ? Math.exp(-rate * end) * expected(end) : 0);
}
