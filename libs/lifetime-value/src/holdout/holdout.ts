import type { Fit } from '../fits/fit.js';
import { columnsOf, sharedRows, type Histories } from '../histories/histories.js';
import { ranks } from '../numerics/correlation.js';
import { inSequence, sequenceOf } from '../numerics/sequence.js';
import { orderModelOf } from '../orders/order-models.js';
import {
  accuracy,
  aucOf,
  calibrationError,
  calibrationOf,
  rankingOf,
  type Accuracy,
  type Ranking,
  type Tenth,
} from './accuracy.js';
import { baselines, type Baseline } from './baselines.js';
import { beatenBy, type BeatenBy } from './beaten-by.js';
import { recalibrate, type RecalibrationReport } from './recalibration.js';

/** How often customers were foretold to order, against how often they did. */
export interface ActiveAccuracy {
  /** The probability to be active against the share that was, by tenths of the customers. */
  activeCalibration: Tenth[];
  /** How far the two are apart, in the mean of the tenths (Naeini, Cooper, Hauskrecht 2015: expected calibration error). */
  activeCalibrationError: number;
  /** Mean squared difference between the probability to be active and whether one was. */
  brierScore: number;
}

/** Plain JSON. */
export interface ModelRow extends Accuracy, ActiveAccuracy {
  name: string;
  kind: 'model';
  converged: boolean;
  /** The area under the curve by the probability to be alive. Below 0.5 for BG/NBD: it is no churn score. */
  aucByProbabilityAlive: number;
}

/** A rule that predicts orders n is taken to say that there is one with probability 1 - e^-n. */
export type BaselineRow =
  | (Accuracy & ActiveAccuracy & { name: string; kind: 'baseline' })
  | (Ranking & { name: string; kind: 'ranking' });

/** A model that predicts nothing, and why: a fit to a handful of customers can go where formulas have no value. */
export interface UnsoundModel {
  name: string;
  reason: string;
}

/** Models and baselines side by side; never the one without the other. Plain JSON. */
export interface HoldoutReport {
  customers: number;
  horizonDays: number;
  orders: number;
  models: ModelRow[];
  unsound: UnsoundModel[];
  baselines: BaselineRow[];
  /** The model that predicted best (least deviance) of those that converged, or else of all. */
  chosen: string | null;
  /** By measure, baselines that did better than the chosen model; measures where none did are left out. */
  beatenBy: BeatenBy;
  /** By how much its chances to be active are to be corrected from now on; null without a chosen model. */
  recalibration: RecalibrationReport | null;
}

/** A fit with histories of the same customers in the model's own periods. */
export interface FitOfHistories {
  fit: Fit;
  histories: Histories;
}

/** Of fewer customers, or who ordered less often in the holdout, errors do not tell which model is better. */
export const LEAST_HELD_OUT = { customers: 50, orders: 10 };

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
  const ofHistories = fits.map((each) => ('fit' in each ? each : { fit: each, histories }));
  const sequence = sequenceOf([
    ...new Set([histories, ...ofHistories.map((each) => each.histories)].flatMap(columnsOf)),
    actual,
  ]);
  const again = sharedRows(sequence);
  return evaluateRows(
    ofHistories.map((each) => ({ fit: each.fit, histories: again(each.histories) })),
    again(histories),
    inSequence(actual, sequence),
    horizonDays,
  );
}

function evaluateRows(
  fits: readonly FitOfHistories[],
  histories: Histories,
  actual: Float64Array,
  horizonDays: number,
): HoldoutReport {
  const happened = { actual, rankOfActual: ranks(actual), wasActive: actual.map((each) => Number(each > 0)) };
  const models: ModelRow[] = [];
  const unsound: UnsoundModel[] = [];
  const chances = new Map<ModelRow, Float64Array>();
  for (const each of fits) {
    const found = modelRow(each, happened, horizonDays);
    if ('reason' in found) {
      unsound.push(found);
    } else {
      models.push(found.row);
      chances.set(found.row, found.active);
    }
  }
  const naive = baselines.map((baseline) => baselineRow(baseline, histories, happened, horizonDays));
  const chosen = chooseModel(models);
  return {
    customers: histories.size,
    horizonDays,
    orders: actual.reduce((sum, each) => sum + each, 0),
    models,
    unsound,
    baselines: naive,
    chosen: chosen?.name ?? null,
    beatenBy: chosen ? beatenBy(chosen, naive) : {},
    recalibration: chosen ? recalibrate(chances.get(chosen)!, happened.wasActive) : null,
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

interface Happened {
  actual: Float64Array;
  rankOfActual: Float64Array;
  wasActive: Float64Array;
}

function modelRow(
  { fit, histories }: FitOfHistories,
  { actual, rankOfActual, wasActive }: Happened,
  horizonDays: number,
): { row: ModelRow; active: Float64Array } | UnsoundModel {
  const model = orderModelOf(fit.model);
  if (model.shortestHorizonDays(fit) > horizonDays) {
    return {
      name: fit.model,
      reason: `it counts whole periods of ${fit.unitDays} days, and the holdout of ${horizonDays} days has none`,
    };
  }
  const predicted = model.expectedOrders(fit, histories, horizonDays);
  const active = model.probabilityActive(fit, histories, horizonDays);
  const unknown = predicted.filter((each, row) => !Number.isFinite(each + active[row]!)).length;
  if (unknown > 0) {
    const parameters = Object.entries(fit.parameters).map(
      ([name, value]) => `${name} ${value.toPrecision(3)}`,
    );
    return {
      name: fit.model,
      reason: `with ${parameters.join(', ')} its formulas have no finite value for ${unknown} of ${predicted.length} customers`,
    };
  }
  return {
    active,
    row: {
      name: fit.model,
      kind: 'model',
      converged: fit.converged,
      ...accuracy(predicted, actual, rankOfActual),
      ...activeAccuracy(active, wasActive),
      aucByProbabilityAlive: aucOf(model.probabilityAlive(fit, histories), wasActive),
    },
  };
}

function baselineRow(
  { name, predicts, scores }: Baseline,
  histories: Histories,
  { actual, rankOfActual, wasActive }: Happened,
  horizonDays: number,
): BaselineRow {
  const predicted = scores(histories, horizonDays);
  if (predicts === 'ranking') return { name, kind: 'ranking', ...rankingOf(predicted, actual, rankOfActual) };
  return {
    name,
    kind: 'baseline',
    ...accuracy(predicted, actual, rankOfActual),
    ...activeAccuracy(
      predicted.map((orders) => -Math.expm1(-orders)),
      wasActive,
    ),
  };
}

function activeAccuracy(active: Float64Array, wasActive: Float64Array): ActiveAccuracy {
  const activeCalibration = calibrationOf(active, wasActive);
  const size = Math.max(active.length, 1);
  return {
    activeCalibration,
    activeCalibrationError: calibrationError(activeCalibration),
    brierScore: active.reduce((sum, each, row) => sum + (each - wasActive[row]!) ** 2, 0) / size,
  };
}
