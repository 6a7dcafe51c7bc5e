export type Matrix = readonly (readonly number[])[];

/** The lower triangle L with L Lᵀ = a symmetric matrix; undefined if it is not positive definite (also: not finite). */
export function cholesky(matrix: Matrix): number[][] | undefined {
  const size = matrix.length;
  const lower = matrix.map(() => new Array<number>(size).fill(0));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i === j && !(sum > 1e-14 * Math.abs(matrix[i]![i]!))) return undefined;
      lower[i]![j] = i === j ? Math.sqrt(sum) : sum / lower[j]![j]!;
    }
  }
  return lower;
}

/** The inverse of a symmetric positive definite matrix; undefined if it is not. */
export function inverseOf(matrix: Matrix): number[][] | undefined {
  const lower = cholesky(matrix);
  if (!lower) return undefined;
  const columns = matrix.map((_, unit) => solve(lower, unit));
  return matrix.map((_, i) => matrix.map((_, j) => (columns[i]![j]! + columns[j]![i]!) / 2));
}

/** Solves L Lᵀ x = the unit vector. */
function solve(lower: Matrix, unit: number): number[] {
  const size = lower.length;
  const x = new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) {
    let sum = Number(i === unit);
    for (let k = 0; k < i; k++) sum -= lower[i]![k]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < size; k++) sum -= lower[k]![i]! * x[k]!;
    x[i] = sum / lower[i]![i]!;
  }
  return x;
}
