export type Column = Int32Array | Float64Array;

/**
 * Rows by the values of columns: by those of the first, where they are alike in it by those of the second, and so on. Rows
 * that are alike in all of them are interchangeable, so that what is computed in this sequence is the same to the last bit
 * in whatever sequence rows come. Columns are equally long, and there is at least one.
 */
export function sequenceOf(columns: readonly Column[]): Uint32Array {
  const [last, ...before] = [...columns].reverse();
  return before.reduce<Uint32Array>((sequence, column) => ascending(column, sequence), ascending(last!));
}

/** A column in a sequence of its rows. */
export function inSequence<Of extends Column>(column: Of, sequence: Uint32Array): Of {
  const result = (
    column instanceof Int32Array ? new Int32Array(sequence.length) : new Float64Array(sequence.length)
  ) as Of;
  for (let at = 0; at < sequence.length; at++) result[at] = column[sequence[at]!]!;
  return result;
}

/** Rows by rising value; equal ones in the sequence that they are given in, those that are not a number at the end. */
export function ascending(values: Column, sequence = ownSequence(values.length)): Uint32Array {
  if (values instanceof Int32Array) {
    const [least, most] = [leastOf(values), mostOf(values)];
    // By counting where there is little to count.
    if (most - least <= MOST_COUNTED + values.length) return counted(values, sequence, least, most);
    return ascending(Float64Array.from(values), sequence);
  }
  return isConstant(values) ? sequence : looked(values, sequence);
}

const MOST_COUNTED = 65_536;

const ownSequence = (size: number): Uint32Array => {
  const sequence = new Uint32Array(size);
  for (let row = 0; row < size; row++) sequence[row] = row;
  return sequence;
};

function isConstant(values: Float64Array): boolean {
  for (let row = 1; row < values.length; row++) if (values[row] !== values[0]) return false;
  return true;
}

function counted(values: Int32Array, sequence: Uint32Array, least: number, most: number): Uint32Array {
  if (!(most > least)) return sequence;
  const next = new Uint32Array(most - least + 2);
  for (let row = 0; row < values.length; row++) next[values[row]! - least + 1]!++;
  for (let value = 1; value < next.length; value++) next[value]! += next[value - 1]!;
  const order = new Uint32Array(values.length);
  for (let at = 0; at < sequence.length; at++) {
    const row = sequence[at]!;
    order[next[values[row]! - least]!++] = row;
  }
  return order;
}

/** The values are sorted by themselves, which takes no call for each comparison, and each row then looks for its place. */
function looked(values: Float64Array, sequence: Uint32Array): Uint32Array {
  const sorted = values.slice().sort();
  const taken = new Uint32Array(values.length);
  const order = new Uint32Array(values.length);
  for (let at = 0; at < sequence.length; at++) {
    const row = sequence[at]!;
    const first = firstOf(sorted, values[row]!);
    order[first + taken[first]!++] = row;
  }
  return order;
}

/** Where a value, which is among them, comes first. */
function firstOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  const isNumber = value === value;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sorted[middle]!;
    // Not a number is above all numbers, as in the sort.
    if (other < value || (!isNumber && other === other)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** So few values are sorted by what the language has. */
const FEW = 256;
/** A place with more values than these is sorted by itself. */
const CROWDED = 32;

/**
 * Sorts values above 0 where they stand: as many places as there are values, each value to about where it belongs, by its
 * fourth root, of which amounts of money have about as many everywhere; then those that stand close together are put right.
 * The language's own sort takes three times as long for a hundred thousand.
 */
export function sortPositive(values: Float64Array): void {
  const least = Math.sqrt(Math.sqrt(leastOf(values)));
  const scale = (values.length - 1) / (Math.sqrt(Math.sqrt(mostOf(values))) - least);
  if (values.length < FEW || !(scale < Infinity)) {
    values.sort();
    return;
  }
  const places = new Uint32Array(values.length);
  /** Where each place begins; once it is full, where it ends. */
  const next = new Uint32Array(values.length + 1);
  for (let row = 0; row < values.length; row++) {
    const place = ((Math.sqrt(Math.sqrt(values[row]!)) - least) * scale) >>> 0;
    places[row] = place;
    next[place + 1]!++;
  }
  for (let place = 1; place < next.length; place++) next[place]! += next[place - 1]!;
  const unsorted = values.slice();
  for (let row = 0; row < unsorted.length; row++) values[next[places[row]!]!++] = unsorted[row]!;
  for (let place = 0, from = 0; place < values.length; place++) {
    const to = next[place]!;
    if (to - from > CROWDED) values.subarray(from, to).sort();
    from = to;
  }
  sortAlmostSorted(values);
}

/** By insertion. */
function sortAlmostSorted(values: Float64Array): void {
  for (let row = 1; row < values.length; row++) {
    const value = values[row]!;
    let to = row;
    while (to > 0 && values[to - 1]! > value) {
      values[to] = values[to - 1]!;
      to--;
    }
    values[to] = value;
  }
}

/** The least of values; Infinity of none. */
export function leastOf(values: Column): number {
  let found = Infinity;
  // By index: an iterator over a typed array takes ten times as long.
  for (let row = 0; row < values.length; row++) if (values[row]! < found) found = values[row]!;
  return found;
}

/** The largest of values; -Infinity of none. */
export function mostOf(values: Column): number {
  let found = -Infinity;
  for (let row = 0; row < values.length; row++) if (values[row]! > found) found = values[row]!;
  return found;
}
