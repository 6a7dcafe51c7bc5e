import { ascending } from './sequence.js';

/** Pearson's correlation; 0 where one of the two does not vary. */
export function correlation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const size = one.length;
  let meanOne = 0;
  let meanOther = 0;
  for (let row = 0; row < size; row++) {
    meanOne += one[row]!;
    meanOther += other[row]!;
  }
  meanOne /= Math.max(size, 1);
  meanOther /= Math.max(size, 1);
  let both = 0;
  let squaresOne = 0;
  let squaresOther = 0;
  for (let row = 0; row < size; row++) {
    const a = one[row]! - meanOne;
    const b = other[row]! - meanOther;
    both += a * b;
    squaresOne += a * a;
    squaresOther += b * b;
  }
  const scale = Math.sqrt(squaresOne * squaresOther);
  return scale > 0 ? both / scale : 0;
}

/** Ranks from 1 up; equal values share the mean of theirs. What is not a number equals nothing, not even itself. `order`: rows by rising value, where they are known. */
export function ranks(values: Float64Array, order: Uint32Array = ascending(values)): Float64Array {
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) result[order[at]!] = (from + to + 1) / 2;
    from = to;
  }
  return result;
}
