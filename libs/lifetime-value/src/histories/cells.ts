import { distinctPairs } from './distinct.js';
import { largest } from './grouped.js';
import type { Histories } from './histories.js';

/**
 * The distinct pairs (frequency, age). What a customer who is still alive will do depends on nothing else, so
 * that everything about the future is computed once a cell and looked up for each customer.
 */
export interface Cells {
  /** Cell of each row. */
  readonly of: Int32Array;
  /** By cell. */
  readonly frequency: Int32Array;
  /** In periods, by cell. */
  readonly age: Int32Array;
  /** The cells of each frequency that occurs. */
  readonly ofFrequency: ReadonlyMap<number, Int32Array>;
}

const known = new WeakMap<Histories, Cells>();

export function cellsOf(all: Histories): Cells {
  let cells = known.get(all);
  if (!cells) known.set(all, (cells = compute(all)));
  return cells;
}

function compute(all: Histories): Cells {
  const { of, first } = distinctPairs(
    all.frequency,
    1 + largest(all.frequency),
    all.age,
    1 + largest(all.age),
  );
  const frequency = first.map((row) => all.frequency[row]!);
  const ofFrequency = new Map<number, number[]>();
  frequency.forEach((x, cell) => {
    const cells = ofFrequency.get(x);
    if (cells) cells.push(cell);
    else ofFrequency.set(x, [cell]);
  });
  return {
    of,
    frequency,
    age: first.map((row) => all.age[row]!),
    ofFrequency: new Map([...ofFrequency].map(([x, cells]) => [x, Int32Array.from(cells)])),
  };
}
