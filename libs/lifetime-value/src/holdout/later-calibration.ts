import { summarise, type OrderLog } from '../histories/order-log.js';
import { orderModelOf } from '../orders/order-models.js';
import { evaluateHoldout } from './holdout.js';
import {
  byChance,
  chancesOf,
  gainOf,
  recalibrated,
  type Chances,
  type Recalibration,
} from './recalibration.js';

/** A correction that was learnt before a day, and how it did after it. Plain JSON. */
export interface LaterCalibration {
  /** The model that foretold best the days that the correction was learnt on. */
  model: string;
  recalibration: Recalibration;
  /** Days before `until` that it was learnt on, and days after it that chances were told for. */
  learntDays: number;
  horizonDays: number;
  customers: number;
  /** Of whether a customer orders within the horizon, as the model tells it and corrected. */
  told: Chances;
  corrected: Chances;
  /** How much less the logarithmic loss is when corrected, and the standard error of that. */
  gain: number;
  gainError: number;
}

/** In days: what chances were off in fewer says nothing of those to come. */
export const LEAST_LEARNT = 28;
const MOST_LEARNT = 365;
/** The share of the days that is kept from the models to learn from. */
const SHARE = 3;

/**
 * Does as somebody would who corrects chances on the day `until`: keeps the last third of the days before it (at most a
 * year) from the models, takes the one that foretells them best and what it is to be corrected by, fits it to all days
 * until then, and compares with what came by `holdoutUntil`. Null where fewer than four weeks would be left to learn from,
 * or nobody had ordered before them.
 */
export function evaluateRecalibration(
  log: OrderLog,
  { until, holdoutUntil, models }: { until: number; holdoutUntil: number; models: readonly string[] },
): LaterCalibration | null {
  let first = until;
  for (let row = 0; row < log.day.length; row++) first = Math.min(first, log.day[row]!);
  const learntDays = Math.min(MOST_LEARNT, Math.floor((until - first) / SHARE));
  if (learntDays < LEAST_LEARNT) return null;
  const before = summarise(log, { until: until - learntDays, holdoutUntil: until });
  if (before.histories.size === 0) return null;
  const { chosen, recalibration: found } = evaluateHoldout(
    models.map((name) => orderModelOf(name).fit(before.histories)),
    before.histories,
    before.holdout.orders,
    learntDays,
  );
  if (!chosen || !found) return null;
  const { recalibration } = found;
  const { histories, holdout } = summarise(log, { until, holdoutUntil });
  const model = orderModelOf(chosen);
  const [told, happened] = byChance(
    model.probabilityActive(model.fit(histories), histories, holdout.days),
    holdout.orders.map((orders) => Number(orders > 0)),
  );
  const corrected = told.map((each) => recalibrated(each, recalibration));
  return {
    model: chosen,
    recalibration,
    learntDays,
    horizonDays: holdout.days,
    customers: histories.size,
    told: chancesOf(told, happened),
    corrected: chancesOf(corrected, happened, told),
    ...gainOf(told, corrected, happened),
  };
}
