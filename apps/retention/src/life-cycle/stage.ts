import { bass, mannKendall, type BassFit, type Stage, type Trend } from '@perennial/lifetime-value';
import type { PeriodUnit } from '../cohorts/period.js';

/** What was sold of an item in a period. */
export interface Sales {
  /** Periods since the first sale. */
  since: number;
  adopters: number;
  units: number;
}

/** Bass's p, q and m. */
export interface Curve {
  /** Innovation: who adopts without regard to others. */
  p: number;
  /** Imitation: who adopts because others have. */
  q: number;
  /** How many adopt in the end. */
  m: number;
}

/** An adoption curve as it was fitted, with how sure it is. Times in periods from the launch. */
export interface FittedCurve extends Curve {
  standardErrors: Curve | null;
  converged: boolean;
  /** Share of the variance of adopters by period that it explains. */
  explained: number;
  /** When most adopt; 0 if adoption falls from the start. */
  peak: number;
  problems: string[];
}

export interface Item {
  unit: PeriodUnit;
  /** Complete periods from the first sale on. */
  periods: number;
  /** Whether its first sale is the launch, and not just the beginning of the data. */
  launchSeen: boolean;
  withdrawn: boolean;
  series: readonly Sales[];
}

export interface LifeCycle {
  stage: Stage | null;
  /** adoption: by its Bass curve; sales: by the trend of what is sold; listing: it was withdrawn. */
  basis: 'adoption' | 'sales' | 'listing' | null;
  because: string;
  curve: FittedCurve | null;
  trend: Trend | null;
}

/** Fewer say nothing: the normal approximation of the trend's test needs 8 (Kendall 1975), a curve some more than its 3 parameters. */
const LEAST_PERIODS = 8;
const LEAST_ADOPTERS = 30;
/** How much of the past tells the trend: a whole year where there is one, so that a season is no trend. */
const TREND_PERIODS: Record<PeriodUnit, number> = { week: 52, month: 12, quarter: 8, year: 8 };
const SIGNIFICANT = 0.05;
/** A market that is not known better than this has not shown its size yet (Van den Bulte & Lilien 1997). */
const LARGEST_RELATIVE_ERROR = 0.5;
const LEAST_EXPLAINED = 0.5;

/**
 * The stage of a product's or category's life, with the evidence. By its adoption curve, where its launch was
 * seen and the curve fits; else by the trend of its sales, which tells growth and decline but no introduction.
 * Pure.
 */
export function lifeCycleOf(item: Item, fit: (adopters: readonly number[]) => BassFit = fitBass): LifeCycle {
  const adopters = everyPeriod(item, ({ adopters }) => adopters);
  const total = adopters.reduce((sum, count) => sum + count, 0);
  const nothing = { stage: null, basis: null, curve: null, trend: null };
  if (item.withdrawn) return { ...nothing, stage: 'decline', basis: 'listing', because: 'It was withdrawn.' };
  if (item.periods < LEAST_PERIODS || total < LEAST_ADOPTERS)
    return {
      ...nothing,
      because: `Too little data: ${item.periods} complete ${item.unit}s and ${total} adopters; at least ${LEAST_PERIODS} and ${LEAST_ADOPTERS} are needed.`,
    };
  const trend = mannKendall(everyPeriod(item, ({ units }) => units).slice(-TREND_PERIODS[item.unit]));
  const fitted = item.launchSeen ? fit(adopters) : undefined;
  const curve = fitted ? curveOf(fitted) : null;
  const doubt = curve ? doubtOf(curve) : 'its launch was not seen';
  return fitted && curve && doubt === undefined
    ? {
        stage: bass.stage(fitted, item.periods),
        basis: 'adoption',
        because: reasonOf(item, curve),
        curve,
        trend,
      }
    : { ...stageOfTrend(trend, item.unit, doubt ?? ''), basis: 'sales', curve, trend };
}

const curveOf = (fitted: BassFit): FittedCurve => ({
  ...(fitted.parameters as unknown as Curve),
  standardErrors: fitted.standardErrors as unknown as Curve | null,
  converged: fitted.converged,
  explained: fitted.explained,
  peak: bass.peak(fitted),
  problems: fitted.problems,
});

const fitBass = (adopters: readonly number[]) => bass.fit(adopters);

/** Periods without sales have no row; they count. */
const everyPeriod = ({ series, periods }: Item, value: (sales: Sales) => number): number[] => {
  const bySince = new Map(series.map((sales) => [sales.since, value(sales)]));
  return Array.from({ length: periods }, (_, since) => bySince.get(since) ?? 0);
};

/** Why a curve is not relied upon; undefined if it is. */
function doubtOf({ m, converged, standardErrors, explained }: FittedCurve): string | undefined {
  if (!converged) return 'its adoption curve did not converge';
  if (explained < LEAST_EXPLAINED)
    return `its adoption curve explains only ${Math.round(100 * explained)} % of the variance`;
  if (!standardErrors || !(standardErrors.m / m <= LARGEST_RELATIVE_ERROR))
    return 'the size of its market is not known well enough yet';
  return undefined;
}

function reasonOf({ periods, unit }: Item, curve: FittedCurve): string {
  const share = Math.round(100 * curve.explained);
  const peak = curve.peak > periods ? 'is expected' : 'was';
  return curve.peak > 0
    ? `The most new customers in one ${unit} ${peak} ${curve.peak.toFixed(1)} ${unit}s after its launch; it is ${periods} ${unit}s old. The curve explains ${share} % of the variance.`
    : `New customers have become fewer since its launch. The curve explains ${share} % of the variance.`;
}

function stageOfTrend(trend: Trend, unit: PeriodUnit, doubt: string): Pick<LifeCycle, 'stage' | 'because'> {
  const certain = trend.probability < SIGNIFICANT;
  const stage = !certain ? 'maturity' : trend.z > 0 ? 'growth' : 'decline';
  const change = `${trend.slope > 0 ? '+' : ''}${trend.slope.toFixed(2)} pieces a ${unit}`;
  return {
    stage,
    because: `By the trend of its sales, as ${doubt}: ${change} over ${trend.observations} ${unit}s, ${
      certain ? 'more than chance' : 'no more than chance'
    } (p = ${trend.probability.toFixed(3)}).`,
  };
}
