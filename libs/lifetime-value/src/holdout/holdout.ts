import type { Fit } from '../fits/fit.js';
import type { Histories } from '../histories/histories.js';
import { ranks } from '../numerics/correlation.js';
import { orderModelOf } from '../orders/order-models.js';
import {
  accuracy,
  aucOf,
  calibrationOf,
  rankingOf,
  type Accuracy,
  type Ranking,
  type Tenth,
} from './accuracy.js';
import { baselines } from './baselines.js';

/** Plain JSON. */
export interface ModelRow extends Accuracy {
  name: string;
  kind: 'model';
  converged: boolean;
  /** The area under the curve by the probability to be alive. Below 0.5 for BG/NBD: it is no churn score. */
  aucByProbabilityAlive: number;
  /** The probability to be active against the share that was, by tenths, and the mean squared difference. */
  activeCalibration: Tenth[];
  brierScore: number;
}

export type BaselineRow =
  (Accuracy & { name: string; kind: 'baseline' }) | (Ranking & { name: string; kind: 'ranking' });

/** Models and baselines side by side; never the one without the other. Plain JSON. */
export interface HoldoutReport {
  customers: number;
  horizonDays: number;
  orders: number;
  models: ModelRow[];
  baselines: BaselineRow[];
  /** The model that predicted best (least deviance) of those that converged, or else of all. */
  chosen: string | null;
  /** Baselines that predicted better than the chosen model, if any. */
  beatenBy: string[];
}

/** A fit with histories of the same customers in the model's own periods. */
export interface FitOfHistories {
  fit: Fit;
  histories: Histories;
}

/**
 * Compares fits with what customers did in the `horizonDays` after the histories. `actual` has the orders of each
 * row.
 */
export function evaluateHoldout(
  fits: readonly (Fit | FitOfHistories)[],
  histories: Histories,
  actual: Float64Array,
  horizonDays: number,
): HoldoutReport {
  if (actual.length !== histories.size) throw new RangeError('Histories and orders must have the same rows.');
  const rankOfActual = ranks(actual);
  // A fit to a handful of customers can go where its formulas have no value: that predicts nothing.
  const models = fits
    .map((each) =>
      'fit' in each
        ? modelRow(each.fit, each.histories, actual, rankOfActual, horizonDays)
        : modelRow(each, histories, actual, rankOfActual, horizonDays),
    )
    .filter(({ deviance, brierScore }) => Number.isFinite(deviance) && Number.isFinite(brierScore));
  const naive = baselines.map(({ name, predicts, scores }): BaselineRow => {
    const predicted = scores(histories, horizonDays);
    return predicts === 'orders'
      ? { name, kind: 'baseline', ...accuracy(predicted, actual, rankOfActual) }
      : { name, kind: 'ranking', ...rankingOf(predicted, actual, rankOfActual) };
  });
  const chosen = chooseModel(models);
  return {
    customers: histories.size,
    horizonDays,
    orders: actual.reduce((sum, each) => sum + each, 0),
    models,
    baselines: naive,
    chosen: chosen?.name ?? null,
    beatenBy: naive
      .filter((row) => row.kind === 'baseline' && chosen !== undefined && row.deviance < chosen.deviance)
      .map(({ name }) => name),
  };
}

/** The one with the least deviance: of those that converged, if any did. */
export function chooseModel<Row extends { deviance: number; converged: boolean }>(
  models: readonly Row[],
): Row | undefined {
  const sound = models.filter(({ converged }) => converged);
  const [first, ...others] = sound.length ? sound : models;
  return first && others.reduce((best, each) => (each.deviance < best.deviance ? each : best), first);
}

function modelRow(
  fit: Fit,
  histories: Histories,
  actual: Float64Array,
  rankOfActual: Float64Array,
  horizonDays: number,
): ModelRow {
  const model = orderModelOf(fit.model);
  const wasActive = actual.map((each) => Number(each > 0));
  const active = model.probabilityActive(fit, histories, horizonDays);
  let brierScore = 0;
  for (let row = 0; row < active.length; row++) {
    brierScore += (active[row]! - wasActive[row]!) ** 2 / Math.max(active.length, 1);
  }
  return {
    name: fit.model,
    kind: 'model',
    converged: fit.converged,
    ...accuracy(model.expectedOrders(fit, histories, horizonDays), actual, rankOfActual),
    aucByProbabilityAlive: aucOf(model.probabilityAlive(fit, histories), wasActive),
    activeCalibration: calibrationOf(active, wasActive),
    brierScore,
  };
}
