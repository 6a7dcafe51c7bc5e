/**
 * Values of a smooth function at many points: computed at Chebyshev's points of the second kind and interpolated
 * (Berrut and Trefethen 2004, "Barycentric Lagrange interpolation", SIAM Review 46:3, eq. 4.2 and 5.4). With few
 * points the function itself is called.
 */
export function valuesAt(points: Float64Array, f: (at: number) => number, nodes = 32): Float64Array {
  const [low, high] = [min(points), max(points)];
  if (points.length <= nodes + 1 || high - low < 1e-9) return points.map(f);
  const at = Float64Array.from(
    { length: nodes + 1 },
    (_, k) => (low + high + (high - low) * Math.cos((k * Math.PI) / nodes)) / 2,
  );
  const values = at.map(f);
  return points.map((point) => {
    let [above, below] = [0, 0];
    for (let k = 0; k <= nodes; k++) {
      const distance = point - at[k]!;
      if (distance === 0) return values[k]!;
      const weight = (k % 2 ? -1 : 1) * (k === 0 || k === nodes ? 0.5 : 1);
      above += (weight / distance) * values[k]!;
      below += weight / distance;
    }
    return above / below;
  });
}

const min = (points: Float64Array) => points.reduce((one, other) => Math.min(one, other), Infinity);
const max = (points: Float64Array) => points.reduce((one, other) => Math.max(one, other), -Infinity);
