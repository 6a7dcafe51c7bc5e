import { distinct } from './distinct.js';
import { largest } from './grouped.js';
import type { Histories } from './histories.js';

/**
 * The distinct pairs (frequency, age). What a customer who is still alive will do depends on nothing else, so
 * that everything about the future is computed once a cell and looked up for each customer.
 */
export interface Cells {
  /** Cell of each row. */
  readonly of: Int32Array;
  readonly frequency: Int32Array;
  /** In periods. */
  readonly age: Int32Array;
}

const known = new WeakMap<Histories, Cells>();

export function cellsOf(all: Histories): Cells {
  let cells = known.get(all);
  if (!cells) {
    const { frequency, age, size } = all;
    const ages = 1 + largest(age);
    const { of, first } = distinct(size, (row) => frequency[row]! * ages + age[row]!);
    cells = { of, frequency: first.map((row) => frequency[row]!), age: first.map((row) => age[row]!) };
    known.set(all, cells);
  }
  return cells;
}
