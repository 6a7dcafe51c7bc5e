import { histories } from '../histories/histories.js';
import { integrate } from '../numerics/quadrature.js';
import { orderModels } from './order-models.js';

/** How a trait varies among customers: its value and its density, up to a constant, at points of (0, 1). */
type Population = (u: number) => { value: number; density: number };

/**
 * Each model told as its authors tell it: a customer with a pace λ (or a probability to take an occasion) and a
 * probability or a rate of going, whose likelihood and future are elementary, averaged over the population by
 * numerical integration. Nothing of it is shared with the formulas under test. Times are in weeks.
 */
interface Told {
  parameters: Record<string, number>;
  pace: Population;
  leaving: Population;
  /** x, t_x and T; whole weeks where time is discrete. */
  customers: readonly (readonly [x: number, last: number, age: number])[];
  horizon: number;
  isDiscrete: boolean;
  /** Likelihood of (x, t_x, T) while alive, and in all. */
  likelihood(λ: number, leaves: number, x: number, last: number, age: number): Likelihood;
  /** Of one who is alive: orders in h, each discounted at ρ; the probability of at most k. */
  discounted(λ: number, leaves: number, h: number, ρ: number): number;
  atMost(k: number, λ: number, leaves: number, h: number): number;
}
interface Likelihood {
  alive: number;
  total: number;
}

const beta =
  (a: number, b: number): Population =>
  (u) => {
    // u = p^a makes the pole at 0 go away for a < 1, and stays smooth
    const p = u ** (1 / a);
    return { value: p, density: (1 - p) ** (b - 1) / a };
  };
const gamma =
  (shape: number, rate: number): Population =>
  (u) => {
    // λ = v^(1/shape) with v = (u/(1-u))^2 over (0, ∞)
    const λ = (u / (1 - u)) ** (2 / shape);
    return { value: λ, density: ((Math.exp(-rate * λ) / shape) * 2 * (u / (1 - u))) / (1 - u) ** 2 };
  };

/** Probabilities of exactly, and of at least, 0 to k of a Poisson distribution. */
function poisson(k: number, mean: number): { exactly: number; atLeast: number }[] {
  let [exactly, atLeast] = [Math.exp(-mean), 1];
  return Array.from({ length: k + 1 }, (_, n) => {
    const entry = { exactly, atLeast };
    atLeast -= exactly;
    exactly *= mean / (n + 1);
    return entry;
  });
}

/** Of a function of 0 to `last`. */
function sumOver(last: number, f: (n: number) => number): number {
  let sum = 0;
  for (let n = 0; n <= last; n++) sum += f(n);
  return sum;
}

const continuous = {
  customers: [
    [0, 0, 10],
    [1, 2, 30],
    [2, 29, 39],
    [7, 20, 39],
  ],
  horizon: 26,
  isDiscrete: false,
} as const;

const betaGeometric = (goesAtOnce: 0 | 1, parameters: Record<string, number>): Told => ({
  ...continuous,
  parameters,
  pace: gamma(parameters.r!, parameters.alpha!),
  leaving: beta(parameters.a!, parameters.b!),
  likelihood: (λ, p, x, last, age) => {
    const alive = (1 - p) ** (x + goesAtOnce) * λ ** x * Math.exp(-λ * age);
    const goneBefore =
      x + goesAtOnce > 0 ? p * (1 - p) ** (x + goesAtOnce - 1) * λ ** x * Math.exp(-λ * last) : 0;
    return { alive, total: alive + goneBefore };
  },
  // Orders come at the rate λ e^(-λpt).
  discounted: (λ, p, h, ρ) => (λ * -Math.expm1(-(λ * p + ρ) * h)) / (λ * p + ρ),
  // Whoever ordered n times is still there, or went with the last of them.
  atMost: (k, λ, p, h) =>
    poisson(k, λ * h).reduce(
      (sum, { exactly, atLeast }, n) =>
        sum + (1 - p) ** n * exactly + (n ? p * (1 - p) ** (n - 1) * atLeast : 0),
      0,
    ),
});

const pareto = (parameters: Record<string, number>): Told => ({
  ...continuous,
  parameters,
  pace: gamma(parameters.r!, parameters.alpha!),
  leaving: gamma(parameters.s!, parameters.beta!),
  likelihood: (λ, μ, x, last, age) => {
    const alive = λ ** x * Math.exp(-(λ + μ) * age);
    const gone = (λ ** x * μ * (Math.exp(-(λ + μ) * last) - Math.exp(-(λ + μ) * age))) / (λ + μ);
    return { alive, total: alive + gone };
  },
  discounted: (λ, μ, h, ρ) => (λ * -Math.expm1(-(μ + ρ) * h)) / (μ + ρ),
  // Whoever ordered n times is still there, or went after the last of them.
  atMost: (k, λ, μ, h) => {
    const events = poisson(k + 1, (λ + μ) * h);
    return poisson(k, λ * h).reduce(
      (sum, { exactly }, n) =>
        sum + Math.exp(-μ * h) * exactly + (μ / (λ + μ)) * (λ / (λ + μ)) ** n * events[n + 1]!.atLeast,
      0,
    );
  },
});

/** The probability of at most k of n occasions, each taken with probability p. */
function binomialAtMost(k: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  for (let taken = 0; taken <= Math.min(k, n); taken++) {
    sum += term;
    term *= ((n - taken) / (taken + 1)) * (p / (1 - p));
  }
  return sum;
}

/** Alive is who is there at the occasion to come: the story's factor 1-θ more than who was at the last. */
const occasions = (parameters: Record<string, number>): Told => ({
  parameters,
  customers: [
    [0, 0, 6],
    [1, 1, 5],
    [2, 6, 6],
    [4, 5, 12],
  ],
  horizon: 8,
  isDiscrete: true,
  pace: beta(parameters.alpha!, parameters.beta!),
  leaving: beta(parameters.gamma!, parameters.delta!),
  likelihood: (p, θ, x, last, age) => {
    const there = p ** x * (1 - p) ** (age - x) * (1 - θ) ** age;
    // Gone before one of the occasions since the last that was taken.
    const gone = sumOver(
      age - last - 1,
      (i) => p ** x * (1 - p) ** (last - x + i) * θ * (1 - θ) ** (last + i),
    );
    return { alive: there * (1 - θ), total: there + gone };
  },
  // A geometric sum of p (1-θ)^j e^(-ρ(j+1)).
  discounted: (p, θ, h, ρ) => {
    const kept = (1 - θ) * Math.exp(-ρ);
    return kept === 1 ? p * h : (p * Math.exp(-ρ) * (1 - kept ** h)) / (1 - kept);
  },
  // Whoever goes before the j-th of h occasions has faced j-1 of them, of which the first is sure.
  atMost: (k, p, θ, h) => {
    let sum = 0;
    for (let faced = 1; faced <= h; faced++) {
      sum += (1 - θ) ** (faced - 1) * (faced < h ? θ : 1) * binomialAtMost(k, faced, p);
    }
    return sum;
  },
});

const told: Record<string, Told> = {
  'bg-nbd': betaGeometric(0, { r: 0.6, alpha: 4.4, a: 0.8, b: 2.4 }),
  'mbg-nbd': betaGeometric(1, { r: 0.5, alpha: 6.2, a: 0.9, b: 1.6 }),
  'pareto-nbd': pareto({ r: 0.55, alpha: 10.6, s: 0.7, beta: 11.7 }),
  // r above 1
  'pareto-nbd, α > β': pareto({ r: 1.2, alpha: 12, s: 0.7, beta: 5 }),
  'bg-bb': occasions({ alpha: 1.2, beta: 1.5, gamma: 0.66, delta: 2.78 }),
  'bg-bb, rare orders': occasions({ alpha: 0.4, beta: 3, gamma: 0.5, delta: 1.1 }),
};

/** The mean over the population of a function of (λ, leaving), up to a constant. */
function mean({ pace, leaving }: Told, f: (λ: number, leaves: number) => number, nodes = 24): number {
  const panels = [0, 0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.97, 1];
  const over = (g: (u: number) => number) =>
    panels.slice(1).reduce((sum, to, index) => sum + integrate(g, panels[index]!, to, nodes), 0);
  return over((u) => {
    const left = leaving(u);
    if (left.density === 0) return 0;
    return over((v) => {
      const { value, density } = pace(v);
      return density === 0 ? 0 : left.density * density * f(value, left.value);
    });
  });
}

describe.each(Object.entries(told))('%s agrees with numerical integration', (title, story) => {
  const name = title.split(',')[0]!;
  const model = orderModels[name]!;
  const fitted = { model: name, parameters: story.parameters, unitDays: 7 };
  const { horizon, customers } = story;
  const of = (x: number, last: number, age: number) =>
    story.isDiscrete
      ? histories({ frequency: [x], recency: [last], age: [age], periodDays: 7 })
      : histories({ frequency: [x], recency: [last * 7], age: [age * 7] });

  it.each(customers)('for %i orders, the last in week %i of %i', (x, last, age) => {
    const one = of(x, last, age);
    const likelihood = (λ: number, leaves: number) => story.likelihood(λ, leaves, x, last, age);
    const total = mean(story, (λ, leaves) => likelihood(λ, leaves).total);
    const averaged = (value: (λ: number, leaves: number) => number) =>
      mean(story, (λ, leaves) => likelihood(λ, leaves).alive * value(λ, leaves)) / total;

    const alive = averaged(() => 1);
    expect(model.probabilityAlive(fitted, one)[0]).toBeCloseTo(alive, 6);
    const expected = averaged((λ, leaves) => story.discounted(λ, leaves, horizon, 0));
    expect(model.expectedOrders(fitted, one, horizon * 7)[0]! / expected).toBeCloseTo(1, 5);
    const active = averaged((λ, leaves) => 1 - story.atMost(0, λ, leaves, horizon));
    expect(model.probabilityActive(fitted, one, horizon * 7)[0]! / active).toBeCloseTo(1, 5);
    const ρ = (Math.log(1.15) / 365.25) * 7;
    for (const [weeks, options] of [
      [horizon, { annualDiscountRate: 0.15, horizonDays: horizon * 7 }],
      [Infinity, { annualDiscountRate: 0.15 }],
    ] as const) {
      const discounted = averaged((λ, leaves) => story.discounted(λ, leaves, weeks, ρ));
      expect(model.discountedOrders(fitted, one, options)[0]! / discounted).toBeCloseTo(1, 4);
    }
    // An end of an interval is the first number that at least so much of the distribution does not exceed.
    const atMost = (k: number) => {
      const more = (λ: number, leaves: number) =>
        likelihood(λ, leaves).alive * (1 - story.atMost(k, λ, leaves, horizon));
      return k < 0 ? 0 : 1 - mean(story, more, 12) / total;
    };
    const { low, high } = model.ordersInterval(fitted, one, horizon * 7, 0.9);
    for (const [end, tail] of [
      [low[0]!, 0.05],
      [high[0]!, 0.95],
    ] as const) {
      expect(atMost(end - 1)).toBeLessThan(tail);
      expect(atMost(end)).toBeGreaterThanOrEqual(tail);
    }
  });

  it('has the likelihood of the integral', () => {
    // Only differences between customers: constants of the densities fall out.
    const likelihoods = customers.map(([x, last, age]) =>
      Math.log(mean(story, (λ, leaves) => story.likelihood(λ, leaves, x, last, age).total)),
    );
    const center = { center: story.parameters, unitDays: 7, spread: 1e-9 };
    // A prior as narrow as that leaves the parameters where they are.
    const ours = customers.map(
      (customer) => model.fit(of(...customer), { start: story.parameters, prior: center }).logLikelihood,
    );
    for (let row = 1; row < ours.length; row++) {
      expect(ours[row]! - ours[0]!).toBeCloseTo(likelihoods[row]! - likelihoods[0]!, 5);
    }
  });
});
