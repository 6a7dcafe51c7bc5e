import { histories } from '../histories/histories.js';
import { integrate } from '../numerics/quadrature.js';
import { orderModels } from './order-models.js';

/**
 * Each model told as its authors tell it: a customer with a rate λ (and a probability or a rate of going), whose
 * likelihood and future are elementary, averaged over the population by numerical integration. Nothing of it is
 * shared with the formulas under test.
 */
interface Told {
  parameters: Record<string, number>;
  /** Likelihood of (x, t_x, T) while alive to T, and in all. */
  likelihood(
    λ: number,
    leaves: number,
    x: number,
    last: number,
    age: number,
  ): { alive: number; total: number };
  /** Of one who is alive: orders in h, the probability of none, discounted orders. */
  orders(λ: number, leaves: number, h: number): number;
  none(λ: number, leaves: number, h: number): number;
  ordersAt(λ: number, leaves: number, t: number): number;
  /** Of how one leaves: density up to a constant, at points of (0, 1). */
  leaving(u: number): { value: number; density: number };
}

const beta = (a: number, b: number) => (u: number) => {
  // u = p^a makes the pole at 0 go away for a < 1, and stays smooth
  const p = u ** (1 / a);
  return { value: p, density: ((1 - p) ** (b - 1) * 1) / a };
};
const gammaLeaving = (s: number, rate: number) => (u: number) => {
  // μ = v^(1/s) with v = (u/(1-u))^2 over (0, ∞)
  const v = (u / (1 - u)) ** 2;
  const μ = v ** (1 / s);
  return { value: μ, density: (Math.exp(-rate * μ) / s) * 2 * (u / (1 - u)) * (1 - u) ** -2 };
};

const betaGeometric = (goesAtOnce: 0 | 1, parameters: Record<string, number>): Told => ({
  parameters,
  likelihood: (λ, p, x, last, age) => {
    const alive = (1 - p) ** (x + goesAtOnce) * λ ** x * Math.exp(-λ * age);
    const goneBefore =
      x + goesAtOnce > 0 ? p * (1 - p) ** (x + goesAtOnce - 1) * λ ** x * Math.exp(-λ * last) : 0;
    return { alive, total: alive + goneBefore };
  },
  orders: (λ, p, h) => -Math.expm1(-λ * p * h) / p,
  ordersAt: (λ, p, t) => λ * Math.exp(-λ * p * t),
  none: (λ, _, h) => Math.exp(-λ * h),
  leaving: beta(parameters.a!, parameters.b!),
});

const told: Record<string, Told> = {
  'bg-nbd': betaGeometric(0, { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 }),
  'mbg-nbd': betaGeometric(1, { r: 0.5, alpha: 6.2, a: 0.9, b: 1.6 }),
  'pareto-nbd': {
    parameters: { r: 0.55, alpha: 10.6, s: 0.7, beta: 11.7 },
    likelihood: (λ, μ, x, last, age) => {
      const alive = λ ** x * Math.exp(-(λ + μ) * age);
      const gone = (λ ** x * μ * (Math.exp(-(λ + μ) * last) - Math.exp(-(λ + μ) * age))) / (λ + μ);
      return { alive, total: alive + gone };
    },
    orders: (λ, μ, h) => (λ * -Math.expm1(-μ * h)) / μ,
    ordersAt: (λ, μ, t) => λ * Math.exp(-μ * t),
    none: (λ, μ, h) => Math.exp(-(λ + μ) * h) + (μ * -Math.expm1(-(λ + μ) * h)) / (λ + μ),
    leaving: gammaLeaving(0.7, 11.7),
  },
};
/** α above and below β, and r above 1. */
told['pareto-nbd, α > β'] = {
  ...told['pareto-nbd']!,
  parameters: { r: 1.2, alpha: 12, s: 0.7, beta: 5 },
  leaving: gammaLeaving(0.7, 5),
};

/** The mean over the population of a function of (λ, leaving), up to a constant. */
function mean({ parameters, leaving }: Told, f: (λ: number, leaves: number) => number): number {
  const { r, alpha } = parameters as { r: number; alpha: number };
  const panels = [0, 0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.97, 1];
  const over = (g: (u: number) => number) =>
    panels.slice(1).reduce((sum, to, index) => sum + integrate(g, panels[index]!, to, 24), 0);
  return over((u) => {
    const { value, density } = leaving(u);
    if (density === 0) return 0;
    return over((v) => {
      const w = (v / (1 - v)) ** 2;
      const λ = w ** (1 / r);
      const weight = ((Math.exp(-alpha * λ) / r) * 2 * (v / (1 - v))) / (1 - v) ** 2;
      return weight === 0 ? 0 : density * weight * f(λ, value);
    });
  });
}

const customers: [number, number, number][] = [
  [0, 0, 70],
  [1, 14, 210],
  [2, 203, 273],
  [7, 140, 273],
];
const horizon = 26;

describe.each(Object.entries(told))('%s agrees with numerical integration', (title, story) => {
  const name = title.split(',')[0]!;
  const model = orderModels[name]!;
  const fitted = { model: name, parameters: story.parameters, unitDays: 7 };

  it.each(customers)('for %i orders, the last on day %i of %i', (x, lastDay, ageDays) => {
    const one = histories({ frequency: [x], recency: [lastDay], age: [ageDays] });
    const [last, age] = [lastDay / 7, ageDays / 7];
    const likelihood = (λ: number, leaves: number) => story.likelihood(λ, leaves, x, last, age);
    const total = mean(story, (λ, leaves) => likelihood(λ, leaves).total);
    const averaged = (value: (λ: number, leaves: number) => number) =>
      mean(story, (λ, leaves) => likelihood(λ, leaves).alive * value(λ, leaves)) / total;

    const alive = averaged(() => 1);
    expect(model.probabilityAlive(fitted, one)[0]).toBeCloseTo(alive, 6);
    const expected = averaged((λ, leaves) => story.orders(λ, leaves, horizon));
    expect(model.expectedOrders(fitted, one, horizon * 7)[0]! / expected).toBeCloseTo(1, 5);
    const active = averaged((λ, leaves) => 1 - story.none(λ, leaves, horizon));
    expect(model.probabilityActive(fitted, one, horizon * 7)[0]! / active).toBeCloseTo(1, 5);
    const ρ = (Math.log(1.15) / 365.25) * 7;
    for (const [weeks, options] of [
      [horizon, { annualDiscountRate: 0.15, horizonDays: horizon * 7 }],
      [Infinity, { annualDiscountRate: 0.15 }],
    ] as const) {
      // ∫ ordersAt e^(-ρt): elementary, as ordersAt is λ e^(-ct)
      const discounted = averaged((λ, leaves) => {
        const c = Math.log(λ / story.ordersAt(λ, leaves, 1)) + ρ;
        return (λ * -Math.expm1(-c * weeks)) / c;
      });
      expect(model.discountedOrders(fitted, one, options)[0]! / discounted).toBeCloseTo(1, 4);
    }
  });

  it('has the likelihood of the integral', () => {
    // Only differences between customers: constants of the densities fall out.
    const likelihoods = customers.map(([x, last, age]) =>
      Math.log(mean(story, (λ, leaves) => story.likelihood(λ, leaves, x, last / 7, age / 7).total)),
    );
    const center = { center: story.parameters, unitDays: 7, spread: 1e-9 };
    const ours = customers.map(([x, last, age]) => {
      // A prior as narrow as that leaves the parameters where they are.
      const one = histories({ frequency: [x], recency: [last], age: [age] });
      return model.fit(one, { start: story.parameters, prior: center }).logLikelihood;
    });
    for (let row = 1; row < ours.length; row++) {
      expect(ours[row]! - ours[0]!).toBeCloseTo(likelihoods[row]! - likelihoods[0]!, 5);
    }
  });
});
