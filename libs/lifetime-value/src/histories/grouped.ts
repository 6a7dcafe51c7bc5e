import { distinct } from './distinct.js';
import type { Histories } from './histories.js';

/**
 * The sufficient statistics of all order models: distinct (frequency, recency, age) with the number of customers.
 * A likelihood then costs what the distinct histories cost, not what the customers do.
 */
export function grouped(all: Histories): Histories {
  const { frequency, recency, age, weight, size, periodDays } = all;
  const ages = 1 + largest(age);
  const keys = ages * ages * (1 + largest(frequency));
  const { of, first } = distinct(
    size,
    keys,
    (row) => (frequency[row]! * ages + age[row]!) * ages + recency[row]!,
  );
  const sums = new Float64Array(first.length);
  for (let row = 0; row < size; row++) sums[of[row]!]! += weight[row]!;
  return {
    size: first.length,
    frequency: first.map((row) => frequency[row]!),
    recency: first.map((row) => recency[row]!),
    age: first.map((row) => age[row]!),
    weight: sums,
    periodDays,
  };
}

/** The largest of the numbers; 0 of none. */
export function largest(numbers: Int32Array): number {
  let found = 0;
  // By index: an iterator over a typed array takes ten times as long.
  for (let row = 0; row < numbers.length; row++) if (numbers[row]! > found) found = numbers[row]!;
  return found;
}
