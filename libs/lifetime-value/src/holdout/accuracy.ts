import { correlation, ranks } from '../numerics/correlation.js';
import { ascending } from '../numerics/sequence.js';

/** A tenth of the customers, by rising prediction. */
export interface Tenth {
  customers: number;
  predicted: number;
  actual: number;
}

/** How predictions met what happened. Plain JSON. */
export interface Accuracy {
  /** Sums over all customers. */
  predicted: number;
  actual: number;
  /** Of the sum, in per cent of what happened. */
  errorPercent: number;
  meanAbsoluteError: number;
  rootMeanSquaredError: number;
  /** Mean Poisson deviance: what the models are chosen by, as it is least for the true expectation. */
  deviance: number;
  spearman: number;
  /** The probability that one who was active is ranked above one who was not. */
  auc: number;
  /** The share of what happened that the tenth with the highest predictions did; 10 times that is its lift. */
  topTenthShare: number;
  topTenthLift: number;
  /** Means of each tenth: calibrated if they agree. */
  calibration: Tenth[];
}

/** `rankOfActual`: where it is known already. */
export function accuracy(
  predicted: Float64Array,
  actual: Float64Array,
  rankOfActual: Float64Array = ranks(actual),
): Accuracy {
  const size = predicted.length;
  let [sumPredicted, sumActual, absolute, squared, deviance] = [0, 0, 0, 0, 0];
  for (let row = 0; row < size; row++) {
    const [expected, happened] = [predicted[row]!, actual[row]!];
    sumPredicted += expected;
    sumActual += happened;
    absolute += Math.abs(expected - happened);
    squared += (expected - happened) ** 2;
    deviance += poissonDeviance(expected, happened);
  }
  const order = ascending(predicted);
  const { topTenthShare, ...ranking } = rankingBy(order, predicted, actual, rankOfActual);
  return {
    predicted: sumPredicted,
    actual: sumActual,
    errorPercent: sumActual > 0 ? (100 * (sumPredicted - sumActual)) / sumActual : 0,
    meanAbsoluteError: absolute / Math.max(size, 1),
    rootMeanSquaredError: Math.sqrt(squared / Math.max(size, 1)),
    deviance: deviance / Math.max(size, 1),
    ...ranking,
    topTenthShare,
    topTenthLift: topTenthShare * 10,
    calibration: calibrationBy(order, predicted, predicted, actual),
  };
}

/** What can be said of scores that only rank. */
export interface Ranking {
  spearman: number;
  auc: number;
  topTenthShare: number;
}

export const rankingOf = (
  scores: Float64Array,
  actual: Float64Array,
  rankOfActual: Float64Array = ranks(actual),
): Ranking => rankingBy(ascending(scores), scores, actual, rankOfActual);

function rankingBy(
  order: Uint32Array,
  scores: Float64Array,
  actual: Float64Array,
  rankOfActual: Float64Array,
): Ranking {
  const rankOfScore = ranks(scores, order);
  return {
    spearman: correlation(rankOfScore, rankOfActual),
    auc: areaUnderCurve(rankOfScore, actual),
    topTenthShare: topShare(order, scores, actual),
  };
}

/** Of 0.5 where scores say nothing of who was active, to 1 where all who were are ranked above all others. */
export const aucOf = (scores: Float64Array, actual: Float64Array): number =>
  areaUnderCurve(ranks(scores), actual);

/** Means of each tenth of the customers, by rising prediction, or by what else is told. */
export const calibrationOf = (
  predicted: Float64Array,
  actual: Float64Array,
  by: Float64Array = predicted,
): Tenth[] => calibrationBy(ascending(by), by, predicted, actual);

/** A prediction of 0 is refuted by any order; so that the deviance stays finite it counts as one in a thousand. */
const LEAST = 1e-3;

function poissonDeviance(expected: number, happened: number): number {
  const mean = Math.max(expected, LEAST);
  const [y, log] = happened > 0 ? [happened, Math.log(happened / mean)] : [0, 0];
  return 2 * (y * log - (y - mean));
}

/** Mann and Whitney's statistic from ranks; 0.5 if all or none were active. */
function areaUnderCurve(rankOfScore: Float64Array, actual: Float64Array): number {
  let [active, sum] = [0, 0];
  actual.forEach((each, row) => {
    if (each > 0) {
      active++;
      sum += rankOfScore[row]!;
    }
  });
  const idle = actual.length - active;
  return active && idle ? (sum - (active * (active + 1)) / 2) / (active * idle) : 0.5;
}

/** Of those with the score at which the tenth ends as large a part counts as belongs to it: their sequence says nothing. */
function topShare(order: Uint32Array, scores: Float64Array, actual: Float64Array): number {
  const count = Math.floor(order.length / 10);
  const least = scores[order[order.length - count]!]!;
  let [above, equal] = [0, 0];
  let [ofAbove, ofEqual, total] = [0, 0, 0];
  for (let row = 0; row < scores.length; row++) {
    total += actual[row]!;
    if (scores[row]! > least) {
      above++;
      ofAbove += actual[row]!;
    } else if (scores[row] === least) {
      equal++;
      ofEqual += actual[row]!;
    }
  }
  return total > 0 && count > 0 ? (ofAbove + (ofEqual * (count - above)) / equal) / total : 0;
}

/** Those with one value belong in like part to the tenths that it reaches into: their sequence says nothing. */
function calibrationBy(
  order: Uint32Array,
  by: Float64Array,
  predicted: Float64Array,
  actual: Float64Array,
): Tenth[] {
  const tenths = Array.from({ length: 10 }, () => ({ customers: 0, predicted: 0, actual: 0 }));
  const endOf = (tenth: number) => Math.floor(((tenth + 1) * order.length) / 10);
  let tenth = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    let [sumPredicted, sumActual] = [0, 0];
    for (; to < order.length && (to === from || by[order[to]!] === by[order[from]!]); to++) {
      sumPredicted += predicted[order[to]!]!;
      sumActual += actual[order[to]!]!;
    }
    for (let at = from; at < to;) {
      while (endOf(tenth) <= at) tenth++;
      const customers = Math.min(to, endOf(tenth)) - at;
      tenths[tenth]!.customers += customers;
      tenths[tenth]!.predicted += (customers * sumPredicted) / (to - from);
      tenths[tenth]!.actual += (customers * sumActual) / (to - from);
      at += customers;
    }
  }
  return tenths.map(({ customers, ...sums }) => ({
    customers,
    predicted: sums.predicted / Math.max(customers, 1),
    actual: sums.actual / Math.max(customers, 1),
  }));
}

/** How far chance and share are apart, in the mean of the tenths (Naeini, Cooper, Hauskrecht 2015: expected calibration error). */
export function calibrationError(tenths: readonly Tenth[]): number {
  const all = tenths.reduce((sum, { customers }) => sum + customers, 0);
  return tenths.reduce(
    (sum, { customers, predicted, actual }) =>
      sum + (customers * Math.abs(predicted - actual)) / Math.max(all, 1),
    0,
  );
}
