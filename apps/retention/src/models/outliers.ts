import type { Statistics } from '../scores/statistics.js';
import { dayOf } from '../scores/day.js';
import type { Contracts } from '../subscriptions/contracts.js';
import { compareIds } from './holdout.js';

/**
 * Customers whom models do not learn from, as what is said of them can hardly be true of this company: an order of 1900,
 * one of 10^15. They are scored like all others; what everybody else's scores follow from is not moved by them.
 */
export interface Outliers {
  /** Their rows in the statistics, ascending. */
  rows: Int32Array;
  /** Those whose first order lies before a silence that is longer than all that came since. */
  early: number;
  /** Those of whom a day with orders is worth a hundred times that of any other, or more. */
  dear: number;
  /** For people: how many, why, and what can be done. */
  reasons: string[];
}

/** Where customers are so few, or would be so many, they are what the company is. */
export const FEWEST = 50;
export const MOST = 0.01;
/** So many times as long ago as all others: the silence is longer than all that came since; and a year at least. */
export const SILENCE = 2;
const A_YEAR = 365;
/**
 * So many times the next lower worth. The largest values of a Pareto tail with exponent q keep such a distance by chance
 * with a probability of 100^-q, the next ones of 100^-2q … (Rényi 1953, On the theory of order statistics: the spacings
 * of their logarithms are exponential). A model of spend has a mean only where q is above 1: then it is less than 1 %
 * in a population, and hardly ever at the tails that companies have.
 */
export const DISTANCE = 100;

/** `day` is the data cut, counted from 1970. Pure; whatever the sequence of the customers, the same ones. */
export function outliersOf({ size, firstDay, orderDays, value }: Statistics, day: number): Outliers {
  const age = Float64Array.from(firstDay, (first) => day - first + 1);
  const worth = Float64Array.from(value, (each, row) => each / orderDays[row]!);
  const [oldest, dearest] = [oldestOf(age), dearestOf(worth)];
  const rows: number[] = [];
  let [early, earliest, highest] = [0, day, 0];
  for (let row = 0; row < size; row++) {
    const isEarly = age[row]! >= oldest;
    if (!isEarly && !(worth[row]! >= dearest)) continue;
    rows.push(row);
    if (isEarly) {
      early++;
      earliest = Math.min(earliest, firstDay[row]!);
    } else highest = Math.max(highest, worth[row]!);
  }
  const dear = rows.length - early;
  return {
    rows: Int32Array.from(rows),
    early,
    dear,
    reasons: [
      ...(early
        ? [
            `${leftOut(early)}: ordered first before a silence that is longer than all that came since, the earliest on ${dayOf(earliest)}. ${REMEDY}`,
          ]
        : []),
      ...(dear
        ? [
            `${leftOut(dear)}: a day with orders is worth ${DISTANCE} times what it is to any other, or more, up to ${Number(highest.toPrecision(3))}. ${REMEDY}`,
          ]
        : []),
    ],
  };
}

/** From which age, and from which worth on they are beyond the gap; Infinity where there is none. */
const oldestOf = (ages: Float64Array) =>
  firstBeyond(ages, (least, next) => least >= SILENCE * next && least - next > A_YEAR);
const dearestOf = (worths: Float64Array) => firstBeyond(worths, (least, next) => least >= DISTANCE * next);

/**
 * Subscriptions that models do not learn from, for the same reasons: begun before such a silence, or with such a fee a day.
 * Their rows. `day` is the data cut. Pure; whatever the sequence of the subscriptions, the same ones.
 */
export function outlyingContracts(
  { size, startedDay, fee, periodDays }: Contracts,
  day: number,
): Set<number> {
  const age = Float64Array.from(startedDay, (started) => day - started + 1);
  const worth = Float64Array.from(fee, (each, row) => each / periodDays[row]!);
  const [oldest, dearest] = [oldestOf(age), dearestOf(worth)];
  const rows = new Set<number>();
  for (let row = 0; row < size; row++) if (age[row]! >= oldest || worth[row]! >= dearest) rows.add(row);
  return rows;
}

const leftOut = (customers: number) =>
  `Left out of the fit, not of the scores: ${customers} ${customers === 1 ? 'customer' : 'customers'}`;
const REMEDY = 'Where that is a mistake, cancel the order.';

/** The least of the positive values beyond the lowest gap above all but a few of them; Infinity where there is none. */
function firstBeyond(values: Float64Array, isGap: (least: number, next: number) => boolean): number {
  const sorted = values.filter((value) => value > 0).sort();
  if (sorted.length < FEWEST) return Infinity;
  for (let above = Math.max(1, Math.floor(MOST * sorted.length)); above > 0; above--) {
    const least = sorted[sorted.length - above]!;
    if (isGap(least, sorted[sorted.length - above - 1]!)) return least;
  }
  return Infinity;
}

/** Rows of the same customers in statistics of another day. Both are in the sequence of the customers' ids. */
export function sameCustomers(statistics: Statistics, rows: Int32Array, other: Statistics): Int32Array {
  const found: number[] = [];
  let at = 0;
  for (const row of rows) {
    while (at < other.size && compareIds(other, at, statistics, row) < 0) at++;
    if (at < other.size && compareIds(other, at, statistics, row) === 0) found.push(at);
  }
  return Int32Array.from(found);
}

/** The same statistics without some rows, given in ascending sequence. */
export function without(statistics: Statistics, rows: Int32Array): Statistics {
  if (rows.length === 0) return statistics;
  const { size, customerId, firstDay, lastDay, orderDays, value, announced, knownDay } = statistics;
  const left = new Set(rows);
  const isKept = (_: number, row: number) => !left.has(row);
  const kept = Buffer.alloc(16 * (size - rows.length));
  for (let row = 0, at = 0; row < size; row++)
    if (!left.has(row)) kept.set(customerId.subarray(16 * row, 16 * row + 16), 16 * at++);
  return {
    size: size - rows.length,
    customerId: kept,
    firstDay: firstDay.filter(isKept),
    lastDay: lastDay.filter(isKept),
    orderDays: orderDays.filter(isKept),
    value: value.filter(isKept),
    announced: announced.filter(isKept),
    ...(knownDay && { knownDay: knownDay.filter(isKept) }),
  };
}
