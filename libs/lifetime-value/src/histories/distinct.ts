/** Numbers the distinct keys in the order in which they come first: `of[row]` is the number of the row's key. */
export interface Distinct {
  readonly of: Int32Array;
  /** First row of each key. */
  readonly first: Int32Array;
}

/** Keys below it are looked up in a plain table. */
const FEW_KEYS = 4_000_000;

/**
 * `key` gives a whole number from 0 to below `keys` (at most 2^53) for each row. A plain table where there are few
 * keys, elsewhere a hash table with open addressing in typed arrays:
 * a Map of a million numbers takes five times as long.
 */
export function distinct(size: number, keys: number, key: (row: number) => number): Distinct {
  if (keys > FEW_KEYS) return byHash(size, key);
  const of = new Int32Array(size);
  for (let row = 0; row < size; row++) of[row] = key(row);
  return byTable(of, keys);
}

/** The same of the numbers of two columns together, each below its `count`; without a call for each row. */
export function distinctPairs(
  first: Int32Array,
  firstCount: number,
  second: Int32Array,
  secondCount: number,
): Distinct {
  const size = first.length;
  if (firstCount * secondCount > FEW_KEYS)
    return byHash(size, (row) => first[row]! * secondCount + second[row]!);
  const of = new Int32Array(size);
  for (let row = 0; row < size; row++) of[row] = first[row]! * secondCount + second[row]!;
  return byTable(of, firstCount * secondCount);
}

/** Puts the number of each key in its place. */
function byTable(of: Int32Array, keys: number): Distinct {
  const first = new Int32Array(Math.min(of.length, keys));
  /** One more than the number of each key that has come. */
  const numbers = new Int32Array(keys);
  let count = 0;
  for (let row = 0; row < of.length; row++) {
    const key = of[row]!;
    let number = numbers[key]!;
    if (number === 0) {
      first[count] = row;
      numbers[key] = number = ++count;
    }
    of[row] = number - 1;
  }
  return { of, first: first.slice(0, count) };
}

function byHash(size: number, key: (row: number) => number): Distinct {
  const of = new Int32Array(size);
  const first = new Int32Array(size);
  let capacity = 1024;
  let mask = capacity - 1;
  let keys = new Float64Array(capacity).fill(-1);
  let numbers = new Int32Array(capacity);
  let count = 0;
  for (let row = 0; row < size; row++) {
    const value = key(row);
    let slot = hash(value) & mask;
    while (keys[slot] !== value && keys[slot] !== -1) slot = (slot + 1) & mask;
    if (keys[slot] === -1) {
      keys[slot] = value;
      numbers[slot] = count;
      first[count++] = row;
      of[row] = count - 1;
      if (count * 2 > capacity) grow();
    } else {
      of[row] = numbers[slot]!;
    }
  }
  return { of, first: first.slice(0, count) };

  function grow(): void {
    const [oldKeys, oldNumbers] = [keys, numbers];
    capacity *= 4;
    mask = capacity - 1;
    keys = new Float64Array(capacity).fill(-1);
    numbers = new Int32Array(capacity);
    for (let old = 0; old < oldKeys.length; old++) {
      const value = oldKeys[old]!;
      if (value === -1) continue;
      let slot = hash(value) & mask;
      while (keys[slot] !== -1) slot = (slot + 1) & mask;
      keys[slot] = value;
      numbers[slot] = oldNumbers[old]!;
    }
  }
}

/** Fibonacci hashing of both halves of the number (Knuth, TAOCP 3, 6.4). */
function hash(value: number): number {
  const high = Math.floor(value / 4_294_967_296);
  const mixed = Math.imul((value >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
