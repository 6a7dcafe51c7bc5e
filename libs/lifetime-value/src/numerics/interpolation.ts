import { leastOf, mostOf } from './sequence.js';

/**
 * Values of a smooth function at many points: computed at Chebyshev's points of the second kind and interpolated
 * (Berrut and Trefethen 2004, "Barycentric Lagrange interpolation", SIAM Review 46:3, eq. 4.2 and 5.4). With few
 * points the function itself is called.
 */
export function valuesAt(points: Float64Array, f: (at: number) => number, nodes = 32): Float64Array {
  const [low, high] = [leastOf(points), mostOf(points)];
  if (points.length <= nodes + 1 || high - low < 1e-9) return points.map(f);
  const at = Float64Array.from(
    { length: nodes + 1 },
    (_, k) => (low + high + (high - low) * Math.cos((k * Math.PI) / nodes)) / 2,
  );
  return interpolated(points, at, at.map(f));
}

/** In a function of its own and by loops: what closures are compiled to is forgotten with them. */
function interpolated(points: Float64Array, at: Float64Array, values: Float64Array): Float64Array {
  const nodes = at.length - 1;
  const result = new Float64Array(points.length);
  for (let each = 0; each < points.length; each++) {
    const point = points[each]!;
    let above = 0;
    let below = 0;
    for (let k = 0; k <= nodes; k++) {
      const distance = point - at[k]!;
      if (distance === 0) {
        above = values[k]!;
        below = 1;
        break;
      }
      const weight = (k % 2 ? -1 : 1) * (k === 0 || k === nodes ? 0.5 : 1);
      const share = weight / distance;
      above += share * values[k]!;
      below += share;
    }
    result[each] = above / below;
  }
  return result;
}
