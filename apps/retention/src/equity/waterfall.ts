import { compareIds } from '../models/holdout.js';
import type { Statistics } from '../scores/statistics.js';

/** What customers are worth on a day, by some version of the models; in the sequence of their ids. */
export interface Valuation {
  statistics: Statistics;
  /** In hundredths, so that sums are exact. */
  worth: Float64Array;
  /** Whether the churn risk is high: the customer counts as lost. */
  lost: Uint8Array;
}

export interface Step {
  customers: number;
  /** In hundredths. */
  amount: number;
}

/** How what customers are worth became what they are worth later. */
export interface Waterfall {
  start: Step;
  won: Step;
  grown: Step;
  shrunk: Step;
  lost: Step;
  reestimated: Step;
  end: Step;
}

/**
 * From one day to a later one. What customers did is told by the models of the first day; what the models of the
 * later day think differently about the same facts is re-estimated. start + won + grown + shrunk + lost +
 * reestimated = end, to the cent.
 */
export function waterfall(before: Valuation, after: Valuation, afterByLaterModels: Valuation): Waterfall {
  const step = (): Step => ({ customers: 0, amount: 0 });
  const steps: Waterfall = {
    start: step(),
    won: step(),
    grown: step(),
    shrunk: step(),
    lost: step(),
    reestimated: step(),
    end: step(),
  };
  const add = (name: keyof Waterfall, amount: number) => {
    steps[name].customers++;
    steps[name].amount += amount;
  };
  for (const amount of before.worth) add('start', amount);
  let known = 0;
  const compared = (row: number) => compareIds(before.statistics, known, after.statistics, row);
  // All that a customer had ordered was cancelled.
  const gone = () => add('lost', -before.worth[known++]!);
  for (let row = 0; row < after.statistics.size; row++) {
    while (known < before.statistics.size && compared(row) < 0) gone();
    const worth = after.worth[row]!;
    const later = afterByLaterModels.worth[row]!;
    if (known < before.statistics.size && compared(row) === 0) {
      const change = worth - before.worth[known]!;
      if (change > 0) add('grown', change);
      else if (after.lost[row] && !before.lost[known]) add('lost', change);
      else if (change < 0) add('shrunk', change);
      known++;
    } else add('won', worth);
    if (later !== worth) add('reestimated', later - worth);
    add('end', later);
  }
  while (known < before.statistics.size) gone();
  return steps;
}

/** The steps of customers of two kinds together. */
export function together(one: Waterfall, other: Waterfall): Waterfall {
  const steps = structuredClone(one);
  for (const name of Object.keys(other) as (keyof Waterfall)[]) {
    steps[name].customers += other[name].customers;
    steps[name].amount += other[name].amount;
  }
  return steps;
}
