import fc from 'fast-check';
import { grouped } from '../histories/grouped.js';
import { histories, type Histories } from '../histories/histories.js';
import { expectedOrders } from './beta-geometric.js';
import { orderModels } from './order-models.js';

const parametersOf: Record<string, string[]> = Object.fromEntries(
  Object.values(orderModels).map(({ name, parameterNames }) => [name, [...parameterNames]]),
);
/** Any parameters that a fit may find, and any customers, in weeks. */
const anyFitted = (name: string) =>
  fc.array(fc.double({ min: -14, max: 14, noNaN: true }), { minLength: 4, maxLength: 4 }).map((logs) => ({
    model: name,
    unitDays: 7,
    parameters: Object.fromEntries(
      parametersOf[name]!.map((parameter, i) => [parameter, Math.exp(logs[i]!)]),
    ),
  }));
const anyCustomer = fc
  .record({
    age: fc.integer({ min: 0, max: 200 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    tries: fc.nat(60),
  })
  .map(({ age, part, tries }) => {
    // As many as there were periods to order in, whatever the model counts in.
    const recency = Math.floor(age * part);
    const frequency = Math.min(tries, recency);
    return { frequency, recency: frequency ? recency : 0, age };
  });
const anyCustomers = fc.array(anyCustomer, { minLength: 1, maxLength: 40 }).map((rows) =>
  histories({
    frequency: rows.map(({ frequency }) => frequency),
    recency: rows.map(({ recency }) => recency),
    age: rows.map(({ age }) => age),
    periodDays: 7,
  }),
);
const allBetween = (values: Float64Array, least: number, most: number) =>
  values.every((each) => each >= least && each <= most);

describe.each(Object.values(orderModels))('$title, whatever the parameters and the customers', (model) => {
  it('gives probabilities, and orders that grow with the horizon and shrink with the discount', () => {
    fc.assert(
      fc.property(anyFitted(model.name), anyCustomers, (fitted, customers) => {
        const short = model.expectedOrders(fitted, customers, 70);
        const long = model.expectedOrders(fitted, customers, 364);
        const active = model.probabilityActive(fitted, customers, 364);
        const alive = model.probabilityAlive(fitted, customers);
        const worth = model.discountedOrders(fitted, customers, {
          annualDiscountRate: 0.1,
          horizonDays: 364,
        });
        expect(allBetween(alive, 0, 1)).toBe(true);
        expect(allBetween(short, 0, Infinity)).toBe(true);
        for (let row = 0; row < customers.size; row++) {
          expect(long[row]).toBeGreaterThanOrEqual(short[row]! * (1 - 1e-9));
          expect(active[row]).toBeLessThanOrEqual(alive[row]! + 1e-9);
          // At least one order is no more probable than the number of orders expected.
          expect(active[row]).toBeLessThanOrEqual(long[row]! * (1 + 1e-6) + 1e-8);
          expect(active[row]).toBeGreaterThanOrEqual(-1e-9);
          expect(worth[row]).toBeLessThanOrEqual(long[row]! * (1 + 1e-6) + 1e-12);
          expect(worth[row]).toBeGreaterThanOrEqual(long[row]! * (1.1 ** -1 - 1e-6));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('has counts with the same mean and the same probability of none', () => {
    const fitted = {
      model: model.name,
      unitDays: 7,
      parameters: Object.fromEntries(model.parameterNames.map((name, i) => [name, [0.8, 5, 0.9, 6][i]!])),
    };
    const customers = histories({
      frequency: [0, 1, 9],
      recency: [0, 3, 30],
      age: [9, 10, 33],
      periodDays: 7,
    });
    const expected = model.expectedOrders(fitted, customers, 140);
    const active = model.probabilityActive(fitted, customers, 140);
    // The mean is the sum of the probabilities of more than n orders: read off the quantiles.
    const steps = 4000;
    const sums = [0, 0, 0];
    const none = [0, 0, 0];
    for (let step = 0; step < steps; step += 20) {
      const level = Math.abs(1 - (2 * (step + 10)) / steps);
      if (level === 0) continue;
      const { low, high } = model.ordersInterval(fitted, customers, 140, level);
      for (let row = 0; row < 3; row++) {
        const quantile = (2 * (step + 10)) / steps < 1 ? low[row]! : high[row]!;
        sums[row]! += quantile / (steps / 20);
        none[row]! += Number(quantile === 0) / (steps / 20);
      }
    }
    for (let row = 0; row < 3; row++) {
      expect(Math.abs(sums[row]! - expected[row]!)).toBeLessThan(0.03 * (1 + expected[row]!));
      expect(Math.abs(1 - none[row]! - active[row]!)).toBeLessThan(0.01);
    }
  });

  it('gives many customers what it gives each alone', () => {
    const fitted = {
      model: model.name,
      unitDays: 7,
      parameters: Object.fromEntries(model.parameterNames.map((name, i) => [name, [0.4, 4.4, 0.8, 2.4][i]!])),
    };
    const ages = Array.from({ length: 48 }, (_, day) => day);
    const column = (x: number) => ages.map((age) => Math.min(age, x));
    for (const x of [0, 12]) {
      const all = histories({ frequency: column(x), recency: column(x), age: ages, periodDays: 7 });
      const alone = (row: number) =>
        histories({
          frequency: [all.frequency[row]!],
          recency: [all.recency[row]!],
          age: [ages[row]!],
          periodDays: 7,
        });
      for (const score of [
        (customers: Histories) => model.expectedOrders(fitted, customers, 364),
        (customers: Histories) => model.probabilityActive(fitted, customers, 91),
        (customers: Histories) => model.discountedOrders(fitted, customers, { annualDiscountRate: 0.1 }),
      ]) {
        const together = score(all);
        for (const row of [0, 47]) {
          expect(Math.abs(together[row]! / score(alone(row))[0]! - 1)).toBeLessThan(1e-9);
        }
      }
    }
  });

  it('knows of each of many customers, however often they order, what it knows of each alone, to the last bit', () => {
    const parameters = { r: 0.4, alpha: 4.4, a: 0.8, b: 2.4, s: 0.6, beta: 12, gamma: 0.7, delta: 2.5 };
    const rows = ramp(40).flatMap((age) =>
      ramp(age + 1).flatMap((recency) =>
        [0, 1, 2, 7, 30]
          .filter((x) => (x === 0) === (recency === 0) && x <= recency)
          .map((frequency) => ({ age, recency, frequency })),
      ),
    );
    const of = (some: typeof rows) =>
      histories({
        frequency: some.map(({ frequency }) => frequency),
        recency: some.map(({ recency }) => recency),
        age: some.map(({ age }) => age),
        periodDays: 7,
      });
    for (const r of [0.4, 900_000]) {
      const fitted = { model: model.name, unitDays: 7, parameters: { ...parameters, r } };
      const together = model.probabilityAlive(fitted, of(rows));
      rows.forEach((row, at) => expect(together[at]).toBe(model.probabilityAlive(fitted, of([row]))[0]));
    }
  });

  it.each([
    ['one customer', histories({ frequency: [3], recency: [100], age: [120] })],
    ['nobody', histories({ frequency: [], recency: [], age: [] })],
    [
      'no repeat buyers',
      histories({ frequency: new Array(80).fill(0), recency: new Array(80).fill(0), age: ramp(80) }),
    ],
    ['all identical', histories({ frequency: [4], recency: [100], age: [200], weight: [500] })],
    ['customers of today', histories({ frequency: [0, 0], recency: [0, 0], age: [0, 0] })],
    [
      'thousands of orders',
      histories({ frequency: [5000, 3000, 1], recency: [6000, 3100, 1], age: [6001, 4000, 60] }),
    ],
  ])('never throws: %s', (_, customers) => {
    for (const prior of ['auto', 'none'] as const) {
      const fit = model.fit(customers, { prior });
      for (const value of Object.values(fit.parameters)) expect(value).toBeGreaterThan(0);
      expect(Number.isFinite(fit.logLikelihood)).toBe(true);
      if (!fit.converged) expect(fit.problems.join()).toContain('converge');
      const fifty = histories({ frequency: [0, 2], recency: [0, 9], age: [5, 30] });
      expect(allBetween(model.expectedOrders(fit, fifty, 365), 0, Infinity)).toBe(true);
      expect(JSON.parse(JSON.stringify(fit))).toEqual(fit);
    }
  });

  it('says so where nobody has been known for a whole period', () => {
    const young = histories({ frequency: [0, 0], recency: [0, 0], age: [0, 0], periodDays: 7 });
    expect(model.fit(young).problems[0]).toContain('Nobody has been known for a whole period (days: 7)');
  });

  it('says that it added a prior', () => {
    const few = histories({ frequency: [1, 0, 2], recency: [20, 0, 50], age: [60, 60, 60] });
    const fit = model.fit(few);
    expect(fit.prior?.spread).toBe(1.5);
    expect(fit.converged).toBe(true);
    expect(fit.standardErrors).not.toBeNull();
    expect(fit.problems.join()).toContain('prior');
    expect(model.fit(few, { prior: 'none' }).prior).toBeNull();
  });

  it('keeps the last good parameters when it may not look further', () => {
    const start = Object.fromEntries(model.parameterNames.map((name, i) => [name, [0.4, 4.4, 0.8, 2.4][i]!]));
    const customers = histories({
      frequency: [1, 0, 2],
      recency: [20, 0, 50],
      age: [60, 60, 60],
      weight: [60, 900, 70],
    });
    const fit = model.fit(customers, { start, maxEvaluations: 1 });
    expect(fit.converged).toBe(false);
    expect(fit.problems.join()).toContain('did not converge');
    expect(fit.gradientNorm).toBeGreaterThan(0);
  });
});

it('finds the parameters that 90,000 customers were drawn with, beginning on a sample of them', () => {
  let state = 20260101;
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  const columns = { frequency: [] as number[], recency: [] as number[], age: [] as number[] };
  for (let customer = 0; customer < 90_000; customer++) {
    // Gamma(1, α = 40 days) and Beta(1, 3), the MBG/NBD's first chance to go included
    const rate = -Math.log(chance()) / 40;
    const going = 1 - chance() ** (1 / 3);
    const age = 200 + (customer % 160);
    let [day, frequency, last] = [0, 0, 0];
    while (chance() > going) {
      day -= Math.log(chance()) / rate;
      if (day > age) break;
      if (Math.ceil(day) === last) continue;
      last = Math.ceil(day);
      frequency++;
    }
    columns.frequency.push(frequency);
    columns.recency.push(last);
    columns.age.push(age);
  }
  const customers = histories(columns);
  expect(grouped(customers).size).toBeGreaterThan(40_000);
  const fit = orderModels['mbg-nbd']!.fit(customers);
  expect(fit).toMatchObject({ converged: true, problems: [], customers: 90_000 });
  // Orders of one day count as one, which lowers the rate a little: hence the slack beside the standard errors.
  for (const [name, value] of Object.entries({ r: 1, alpha: 40 / 7, a: 1, b: 3 })) {
    const slack = 3 * fit.standardErrors![name]! + 0.1 * value;
    expect(Math.abs(fit.parameters[name]! - value)).toBeLessThan(slack);
    expect(fit.standardErrors![name]! / value).toBeLessThan(0.05);
  }
});

function ramp(length: number): number[] {
  return Array.from({ length }, (_, row) => row);
}

describe('the expectation of BG/NBD and MBG/NBD', () => {
  it('has no pole at a = 1', () => {
    const at = (a: number) => expectedOrders(2.3, 12, a, 4, 52);
    expect(at(1)).toBeCloseTo((at(1 - 1e-7) + at(1 + 1e-7)) / 2, 8);
    expect(at(1)).toBeCloseTo((at(0.999) + at(1.001)) / 2, 5);
  });

  it.each([
    [2.3, 12, 0.8, 4, 100],
    [2.3, 12, 0.2, 4, 100],
    [40.3, 60, 1.7, 41, 500],
    [0.24, 4.4, 0.8, 2.4, 39],
  ])('is the same by series and by integration (%p, %p, %p, %p)', (shape, scale, a, beta, limit) => {
    // The series is left for the integral at a horizon of nine scales: no step may be seen there.
    const edge = 9 * scale;
    const around = [-2e-4, -1e-4, 1e-4, 2e-4].map((part) =>
      expectedOrders(shape, scale, a, beta, edge * (1 + part)),
    );
    const [second, third] = [around[1]! - around[0]!, around[2]! - around[1]!];
    expect(third / second / 2).toBeCloseTo(1, 3);
    expect(around[3]).toBeLessThan(limit * 100);
  });

  it('becomes that of customers who all go alike after an order, as a and b grow', () => {
    const alike = (shape: number, z: number, p: number) => (1 - (1 + p * z) ** -shape) / p;
    for (const sum of [1e3, 1e5, 1e6]) {
      for (const p of [0.01, 0.1, 0.5]) {
        const expected = expectedOrders(3.24, 24.4, p * sum, (1 - p) * sum, 52);
        expect(Math.abs(expected / alike(3.24, 52 / 24.4, p) - 1)).toBeLessThan(2 / sum);
      }
    }
    // The series is left for the integral where its largest term is about e^300.
    const atEdge = (part: number) =>
      expectedOrders(3.24, 24.4, 1 + (300 * part) / Math.log1p(52 / 24.4), 4000, 52);
    expect(Math.abs(atEdge(1 + 1e-9) / atEdge(1 - 1e-9) - 1)).toBeLessThan(1e-8);
  });

  it('stays finite for orders in the thousands and for long horizons', () => {
    // 5,000 orders in 100 weeks and hardly any leaving: the same pace again.
    expect(expectedOrders(5000, 100, 1e-6, 5000, 50)).toBeCloseTo(2500, 2);
    expect(expectedOrders(0.24, 4.4, 0.8, 2.4, 52_000)).toBeGreaterThan(
      expectedOrders(0.24, 4.4, 0.8, 2.4, 5_200),
    );
  });
});
