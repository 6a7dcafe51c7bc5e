/** Nodes and weights of a quadrature on [-1, 1]. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const rules = new Map<number, Quadrature>();

/** Gauss and Legendre's rule with so many nodes (Newton's method on the polynomial, as in Press et al., 4.6.1). */
export function gaussLegendre(count: number): Quadrature {
  let rule = rules.get(count);
  if (!rule) rules.set(count, (rule = compute(count)));
  return rule;
}

function compute(count: number): Quadrature {
  const nodes = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      let [before, value] = [0, 1];
      for (let k = 0; k < count; k++) {
        [before, value] = [value, ((2 * k + 1) * x * value - k * before) / (k + 1)];
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** The integral of a function over [from, to]. */
export function integrate(f: (at: number) => number, from: number, to: number, nodes = 32): number {
  const rule = gaussLegendre(nodes);
  const half = (to - from) / 2;
  let sum = 0;
  for (let i = 0; i < nodes; i++) sum += rule.weights[i]! * f(from + half * (1 + rule.nodes[i]!));
  return sum * half;
}
