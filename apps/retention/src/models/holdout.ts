import { LEAST_HELD_OUT } from '@perennial/lifetime-value';
import { dayNumber, dayOf } from '../scores/day.js';
import type { Statistics } from '../scores/statistics.js';
import type { Holdout } from './fit.js';

/** A third of the days is kept from the models, at most a year. */
const SHARE = 3;
const LONGEST = 365;
/** Where less is known, an error on it says nothing. */
const LEAST_DAYS = 28;

/** Last day that the models may know, if days are enough since the first order, or the first subscription. */
export function calibrationEnd(firstDays: ArrayLike<number>, asOf: string): string | undefined {
  const until = dayNumber(asOf);
  let first = until;
  for (let row = 0; row < firstDays.length; row++) first = Math.min(first, firstDays[row]!);
  const days = Math.min(LONGEST, Math.floor((until - first) / SHARE));
  return days < LEAST_DAYS ? undefined : dayOf(until - days);
}

/** What customers did after the calibration. Both statistics are in the sequence of the customers' ids. */
export function holdoutOf(
  before: Statistics,
  after: Statistics,
  calibrationEnd: string,
  asOf: string,
): Holdout | undefined {
  const actual = new Float64Array(before.size);
  let row = 0;
  for (let known = 0; known < before.size; known++) {
    while (row < after.size && compareIds(after, row, before, known) < 0) row++;
    if (row < after.size && compareIds(after, row, before, known) === 0)
      actual[known] = Math.max(0, after.orderDays[row]! - before.orderDays[known]!);
  }
  const orders = actual.reduce((sum, each) => sum + each, 0);
  if (before.size < LEAST_HELD_OUT.customers || orders < LEAST_HELD_OUT.orders) return undefined;
  return { statistics: before, day: dayNumber(calibrationEnd), until: dayNumber(asOf), actual };
}

type Identified = Pick<Statistics, 'customerId'>;

export const compareIds = (one: Identified, row: number, other: Identified, otherRow: number): number =>
  one.customerId.compare(other.customerId, otherRow * 16, otherRow * 16 + 16, row * 16, row * 16 + 16);
