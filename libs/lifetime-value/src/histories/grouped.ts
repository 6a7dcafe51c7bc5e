import { mostOf, sequenceOf } from '../numerics/sequence.js';
import { columnsOf, rowsOf, type Histories } from './histories.js';

/**
 * The sufficient statistics of all order models: distinct (frequency, age, recency) with the number of customers, in the
 * sequence of these. A likelihood then costs what the distinct histories cost, not what the customers do, and is the same
 * to the last bit in whatever sequence customers come.
 */
export function grouped(all: Histories): Histories {
  const { size, frequency, age, recency, weight } = all;
  const rows = sequenceOf(columnsOf(all));
  const first = new Uint32Array(size);
  const sums = new Float64Array(size);
  let count = 0;
  for (let at = 0; at < size; at++) {
    const row = rows[at]!;
    const one = first[count - 1]!;
    const isKnown =
      count > 0 &&
      frequency[row] === frequency[one] &&
      age[row] === age[one] &&
      recency[row] === recency[one];
    if (!isKnown) first[count++] = row;
    sums[count - 1]! += weight[row]!;
  }
  return { ...rowsOf(all, first.subarray(0, count)), weight: sums.slice(0, count) };
}

/** The largest of the numbers; 0 of none. */
export const largest = (numbers: Int32Array): number => Math.max(0, mostOf(numbers));
