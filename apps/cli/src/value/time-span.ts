import { UsageProblem } from '../system/problem.js';
import { dateOf, dayOf, type OrderDays } from './order-days.js';

/** A file that ends is silent for longer than this only if it is not the file, or the day, that was meant. */
const A_YEAR = 366;
/** Shorter silences say nothing, whatever the file. */
const A_WEEK = 7;

/**
 * The last day that models are to know, as a number. Throws a UsageProblem where the file says nothing of it: models
 * would take the silence for customers who left.
 */
export function untilOf(orders: OrderDays, date: string | undefined, now: Date): number {
  const { first, last } = orders;
  const until = date === undefined ? last : dayOf(date);
  if (until < first) {
    throw new UsageProblem(`The first order is of ${dateOf(first)}: --until is before; take a later day.`);
  }
  const instead = `The last order is of ${dateOf(last)}: say --until ${dateOf(last)}, or a day soon after it.`;
  // Where clocks are ahead of UTC the next day may have begun.
  if (until > Math.max(last, dayOf(now.toISOString().slice(0, 10)) + 1)) {
    throw new UsageProblem(`--until ${date} is still to come. ${instead}`);
  }
  if (until - last > Math.max(last - first, A_YEAR)) {
    throw new UsageProblem(
      `Of the ${until - last} days before --until ${date} the file has no order. ${instead}`,
    );
  }
  return until;
}

/** The last day of a holdout that begins after `until`. */
export function holdoutUntilOf({ last }: OrderDays, date: string, until: number): number {
  const holdoutUntil = dayOf(date);
  if (holdoutUntil <= until) {
    throw new UsageProblem(
      `--holdout ${date} must be later than --until ${dateOf(until)}: it is the last day of what follows.`,
    );
  }
  if (holdoutUntil > last) {
    throw new UsageProblem(
      `The last order is of ${dateOf(last)}: a holdout can't end later, as nobody knows what came then.`,
    );
  }
  return holdoutUntil;
}

/** Says so where a file has been silent for longer than ever before. */
export function silences({ log, last }: OrderDays, until: number): string[] {
  const silence = until - last;
  if (silence <= Math.max(A_WEEK, longestSilence(log.day))) return [];
  return [
    `The last order is of ${dateOf(last)}, ${silence} days before ${dateOf(until)}, and there has been no such silence before. If the file ends there, say --until ${dateOf(last)}: models take silence for customers who left.`,
  ];
}

function longestSilence(days: ArrayLike<number>): number {
  const sorted = [...new Set(Array.from(days))].sort((one, other) => one - other);
  return sorted.reduce((longest, day, at) => Math.max(longest, at ? day - sorted[at - 1]! : 0), 0);
}
