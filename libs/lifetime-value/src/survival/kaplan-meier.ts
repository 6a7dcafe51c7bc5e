/** How many left, and how many were last seen (censored), after the same time. Times in any one unit, from 0. */
export interface Departures {
  time: number;
  left: number;
  censored: number;
}

/** The curve just after a time at which somebody left. */
export interface SurvivalStep {
  time: number;
  /** Who was still under observation just before. */
  atRisk: number;
  left: number;
  /** Share that stays longer than `time`. */
  survival: number;
  /** Null once all have left. */
  standardError: number | null;
  lower: number;
  upper: number;
}

export interface SurvivalCurve {
  observed: number;
  left: number;
  steps: SurvivalStep[];
  /** Time by which half have left, with its interval; null where the curve, or its bound, does not come down to a half. */
  median: { time: number | null; lower: number | null; upper: number | null };
  /** Area under the curve up to the longest time observed: mean time that one stays until then. */
  restrictedMean: { time: number; until: number };
}

/** Standard normal quantile of two-sided 95 %. */
const Z95 = 1.959963984540054;

/**
 * Survival from right-censored times: the product-limit estimator (Kaplan & Meier 1958), S(t) = Π (1 − dᵢ/nᵢ),
 * with Greenwood's variance, S² Σ dᵢ/(nᵢ(nᵢ−dᵢ)), and pointwise intervals on the scale of ln(−ln S), which stay
 * within 0 and 1 (Kalbfleisch & Prentice 1980, section 1.3). The interval of the median is that of Brookmeyer &
 * Crowley (1982): all times that the curve's interval does not tell apart from it. Who is censored at a time at
 * which others leave was still at risk. Input in any sequence; equal times are added up. Throws RangeError for
 * a time or count that is negative or not a number.
 */
export function kaplanMeier(departures: Iterable<Departures>, z = Z95): SurvivalCurve {
  const times = atEachTime(departures);
  const observed = times.reduce((sum, { left, censored }) => sum + left + censored, 0);
  let atRisk = observed;
  let survival = 1;
  let greenwood = 0;
  const steps: SurvivalStep[] = [];
  for (const { time, left, censored } of times) {
    if (left > 0) {
      survival *= (atRisk - left) / atRisk;
      greenwood += left / (atRisk * (atRisk - left));
      const upperBefore = steps.at(-1)?.upper ?? 1;
      steps.push({ time, atRisk, left, survival, ...intervalOf(survival, greenwood, z, upperBefore) });
    }
    atRisk -= left + censored;
  }
  return {
    observed,
    left: steps.reduce((sum, { left }) => sum + left, 0),
    steps,
    median: medianOf(steps),
    restrictedMean: meanUntil(steps, times.at(-1)?.time ?? 0),
  };
}

function atEachTime(departures: Iterable<Departures>): Departures[] {
  const byTime = new Map<number, Departures>();
  for (const { time, left, censored } of departures) {
    if (!(time >= 0 && left >= 0 && censored >= 0 && Number.isFinite(time + left + censored)))
      throw new RangeError(
        `Times and counts are numbers from 0, not time ${time}, left ${left}, censored ${censored}.`,
      );
    const known = byTime.get(time) ?? { time, left: 0, censored: 0 };
    byTime.set(time, { time, left: known.left + left, censored: known.censored + censored });
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

/**
 * Once all have left, Greenwood's variance says nothing: that nobody stays was seen of a few, so the upper end
 * stays where it was.
 */
function intervalOf(survival: number, greenwood: number, z: number, upperBefore: number) {
  if (survival === 0) return { standardError: null, lower: 0, upper: upperBefore };
  const spread = (z * Math.sqrt(greenwood)) / Math.log(survival);
  return {
    standardError: survival * Math.sqrt(greenwood),
    lower: survival ** Math.exp(-spread),
    upper: survival ** Math.exp(spread),
  };
}

/** Rounding must not keep a curve that comes down to exactly a half above it. */
const HALF = 0.5 + 1e-12;

function medianOf(steps: readonly SurvivalStep[]): SurvivalCurve['median'] {
  const firstBelow = (bound: 'survival' | 'lower' | 'upper') =>
    steps.find((step) => step[bound] <= HALF)?.time ?? null;
  return { time: firstBelow('survival'), lower: firstBelow('lower'), upper: firstBelow('upper') };
}

function meanUntil(steps: readonly SurvivalStep[], until: number): SurvivalCurve['restrictedMean'] {
  let area = 0;
  let [from, height] = [0, 1];
  for (const { time, survival } of steps) {
    area += height * (time - from);
    [from, height] = [time, survival];
  }
  return { time: area + height * (until - from), until };
}
