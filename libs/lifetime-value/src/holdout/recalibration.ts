import { inSequence, sequenceOf } from '../numerics/sequence.js';
import { calibrationError, calibrationOf, type Tenth } from './accuracy.js';

/**
 * A line on the log-odds: ln(p' / (1 - p')) = intercept + slope · ln(p / (1 - p)) (Cox 1958, Two further applications of a
 * model for binary regression, Biometrika 45:562). The slope is above 0, so that nobody is ranked anew. Plain JSON.
 */
export interface Recalibration {
  intercept: number;
  slope: number;
}

/** Probabilities stay as they are told. */
export const AS_TOLD: Readonly<Recalibration> = Object.freeze({ intercept: 0, slope: 1 });

export const isAsTold = ({ intercept, slope }: Recalibration): boolean => intercept === 0 && slope === 1;

/** A probability, corrected; 0 and 1 stay what they are. */
export function recalibrated(probability: number, by: Recalibration): number {
  if (isAsTold(by) || !(probability > 0 && probability < 1)) return probability;
  return chanceAt(by.intercept + by.slope * logOdds(probability));
}

/**
 * What is off is corrected by half: of what is off in one period of a company, part is of that period alone (docs/decisions/0017).
 */
const LASTING = 0.5;
/** Standard deviation of intercept and slope around those that leave probabilities as told: a few hundred outweigh it. */
const SPREAD = 0.1;
/** A gain of fewer standard errors than this is taken for luck, or for what that one period had of its own. */
const CLEARLY = 3;
/** Of fewer customers nobody can say that others would be like them. */
const FEWEST = 50;
/** One who comes against all odds counts as if they had been these. */
const LEAST = 1e-6;
const PARTS = 5;

/** What was told of chances, and what became of it. Plain JSON. */
export interface Chances {
  /** Mean of -ln of the probability that was told of what happened. */
  logLoss: number;
  /** Mean squared difference between the probability and what happened, 0 or 1. */
  brierScore: number;
  /** How far the two are apart in the mean of the tenths, and in the worst one. */
  calibrationError: number;
  worstTenth: number;
  /** By rising probability as it was told first. */
  tenths: Tenth[];
}

/** What came out of a search for a correction. Plain JSON. */
export interface RecalibrationReport {
  /** The correction to use; it leaves all as told where a gain is not clear. */
  recalibration: Recalibration;
  told: Chances;
  /** Corrected by the rest: of each fifth, by what the other four fifths would be corrected by. */
  corrected: Chances;
  /** How much less the logarithmic loss of `corrected` is, and the standard error of that. */
  gain: number;
  gainError: number;
}

/**
 * Looks for a correction of probabilities that were `told` (one a customer), given what `happened` (0 or 1): half of the line
 * that the data and a weak prior around no correction make likeliest. It is used only where it does clearly better on
 * customers that it was not fitted to (five-fold cross-validation). Never fails: of nobody, of few, and where all or none
 * came, no gain is clear, or the prior keeps the line finite. Throws a RangeError where the columns are not equally long.
 */
export function recalibrate(told: Float64Array, happened: Float64Array): RecalibrationReport {
  if (happened.length !== told.length)
    throw new RangeError('There must be as many probabilities as there are outcomes.');
  return ofSequence(...byChance(told, happened));
}

/** By rising chance, those with the same one by what happened: so it does not matter who comes first. */
export function byChance(
  told: Float64Array,
  happened: Float64Array,
): [told: Float64Array, happened: Float64Array] {
  const sequence = sequenceOf([told, happened]);
  return [inSequence(told, sequence), inSequence(happened, sequence)];
}

function ofSequence(told: Float64Array, happened: Float64Array): RecalibrationReport {
  const odds = told.map((each) => logOdds(within(each)));
  const all = likeliestLine(odds, happened, AS_TOLD);
  const corrected = told.slice();
  for (let part = 0; part < PARTS; part++) {
    const line = shrunk(likeliestLine(odds, happened, all, part));
    for (let row = part; row < told.length; row += PARTS) corrected[row] = recalibrated(told[row]!, line);
  }
  const { gain, gainError } = gainOf(told, corrected, happened);
  const line = shrunk(all);
  // Where all are alike, and all or none came, each gains as much as the others, and nobody can tell how much is luck.
  const isClear = told.length >= FEWEST && gainError > 0 && gain > CLEARLY * gainError;
  return {
    recalibration: isClear && line.slope > 0 ? line : { ...AS_TOLD },
    told: chancesOf(told, happened, told),
    corrected: chancesOf(corrected, happened, told),
    gain,
    gainError,
  };
}

/** How well probabilities, as told or corrected, met what happened; `by`: those whose tenths are looked at. */
export function chancesOf(probabilities: Float64Array, happened: Float64Array, by = probabilities): Chances {
  let [losses, squares] = [0, 0];
  for (let row = 0; row < probabilities.length; row++) {
    losses += loss(probabilities[row]!, happened[row]!);
    squares += (probabilities[row]! - happened[row]!) ** 2;
  }
  const size = Math.max(probabilities.length, 1);
  const tenths = calibrationOf(probabilities, happened, by);
  return {
    logLoss: losses / size,
    brierScore: squares / size,
    calibrationError: calibrationError(tenths),
    worstTenth: Math.max(...tenths.map(({ predicted, actual }) => Math.abs(predicted - actual))),
    tenths,
  };
}

const logOdds = (probability: number) => Math.log(probability) - Math.log1p(-probability);
const chanceAt = (odds: number) => 1 / (1 + Math.exp(-odds));
const within = (probability: number) => Math.min(1 - LEAST, Math.max(LEAST, probability));
const loss = (probability: number, happened: number) =>
  happened > 0 ? -Math.log(within(probability)) : -Math.log1p(-within(probability));

const shrunk = ({ intercept, slope }: Recalibration): Recalibration => ({
  intercept: LASTING * intercept,
  slope: 1 + LASTING * (slope - 1),
});

const MOST_STEPS = 50;
/** A step that is a hundredth of the standard error of a million customers, or less. */
const NEAR = 1e-5;

/**
 * Newton's steps, halved while they lead uphill: the objective is convex, and the prior keeps it from being flat.
 * `without`: the fifth of the rows that is left out.
 */
function likeliestLine(
  odds: Float64Array,
  happened: Float64Array,
  start: Recalibration,
  without?: number,
): Recalibration {
  let line: Recalibration = { ...start };
  let here = costAt(line, odds, happened, without);
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const { step, cost } = here;
    if (Math.abs(step.intercept) + Math.abs(step.slope) < NEAR) break;
    let found = false;
    for (let length = 1; length > 1e-6 && !found; length /= 2) {
      const next = {
        intercept: line.intercept - length * step.intercept,
        slope: line.slope - length * step.slope,
      };
      const there = costAt(next, odds, happened, without);
      found = there.cost <= cost;
      if (found) [line, here] = [next, there];
    }
    if (!found) break;
  }
  return line;
}

/** Minus the logarithm of likelihood and prior, and the Newton step that would raise it. */
function costAt(
  { intercept, slope }: Recalibration,
  odds: Float64Array,
  happened: Float64Array,
  without?: number,
): { cost: number; step: Recalibration } {
  const precision = 1 / SPREAD ** 2;
  let cost = (precision * (intercept ** 2 + (slope - 1) ** 2)) / 2;
  let [byIntercept, bySlope] = [precision * intercept, precision * (slope - 1)];
  let [both, mixed, square] = [precision, 0, precision];
  for (let row = 0; row < odds.length; row++) {
    if (row % PARTS === without) continue;
    const x = odds[row]!;
    const y = happened[row]!;
    const at = intercept + slope * x;
    // Of what is not above 1: no overflow.
    const power = Math.exp(-Math.abs(at));
    const chance = at > 0 ? 1 / (1 + power) : power / (1 + power);
    const curve = chance * (1 - chance);
    cost += Math.max(at, 0) + Math.log1p(power) - y * at;
    byIntercept += chance - y;
    bySlope += (chance - y) * x;
    both += curve;
    mixed += curve * x;
    square += curve * x * x;
  }
  const determinant = both * square - mixed * mixed;
  return {
    cost,
    step: {
      intercept: (square * byIntercept - mixed * bySlope) / determinant,
      slope: (both * bySlope - mixed * byIntercept) / determinant,
    },
  };
}

/** Of the logarithmic loss, a customer. */
export function gainOf(
  told: Float64Array,
  corrected: Float64Array,
  happened: Float64Array,
): Pick<RecalibrationReport, 'gain' | 'gainError'> {
  const size = told.length;
  if (size === 0) return { gain: 0, gainError: 0 };
  let [sum, squares] = [0, 0];
  for (let row = 0; row < size; row++) {
    const less = loss(told[row]!, happened[row]!) - loss(corrected[row]!, happened[row]!);
    sum += less;
    squares += less * less;
  }
  const gain = sum / size;
  return { gain, gainError: Math.sqrt(Math.max(0, squares / size - gain * gain) / size) };
}
