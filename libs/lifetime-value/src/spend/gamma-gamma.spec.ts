import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import fc from 'fast-check';
import { summarise, type Spend } from '../histories/order-log.js';
import { digamma, logGamma } from '../numerics/gamma.js';
import { integrate } from '../numerics/quadrature.js';
import { gammaGamma } from './gamma-gamma.js';

describeWith('cdnow/CDNOW_sample.txt')('Gamma-Gamma on the 946 repeat buyers of CDNOW', () => {
  let spend: Spend;
  beforeAll(() => (spend = summarise(cdnowSample(), { until: dayOf(19970930) }).spend));

  it('gives the published parameters', () => {
    const fit = gammaGamma.fit(spend);
    const { p, q, v } = fit.parameters;
    expect([p, q, v].map((each) => each!.toFixed(2))).toEqual(['6.25', '3.74', '15.44']);
    expect(fit.logLikelihood.toFixed(2)).toBe('-4055.92');
    expect(fit).toMatchObject({ customers: 946, leftOut: 0, converged: true, problems: [] });
    expect(Math.abs(fit.correlation)).toBeLessThan(0.2);
  });

  it('expects of the first ten customers what is printed', () => {
    const printed = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17];
    const expected = gammaGamma.expectedSpend(gammaGamma.fit(spend), spend);
    printed.forEach((each, row) => expect(Math.abs(expected[row]! - each)).toBeLessThan(0.02));
  });
});

it('agrees with numerical integration', () => {
  // ν ~ Gamma(q, v); of x orders the mean m is Gamma(p x, x ν)
  const [p, q, v, x, m] = [6, 3.7, 15, 3, 24];
  const density = (ν: number) => ν ** (q - 1) * Math.exp(-v * ν) * ν ** (p * x) * Math.exp(-x * ν * m);
  const over = (f: (ν: number) => number) => integrate((ν) => f(ν) * density(ν), 0, 2, 200);
  const fitted = { model: 'gamma-gamma', parameters: { p, q, v }, unitDays: 1, meanSpend: 30 };
  const one = { orders: Int32Array.of(x), mean: Float64Array.of(m) };
  expect(gammaGamma.expectedSpend(fitted, one)[0]).toBeCloseTo(over((ν) => p / ν) / over(() => 1), 8);
});

it('never expects an order to be worth less than nothing, and one refunded buyer changes no other', () => {
  const spend = { orders: Int32Array.of(2, 1, 3, 0), mean: Float64Array.of(20, -35, 0, 0) };
  const fit = gammaGamma.fit(spend);
  expect(fit.leftOut).toBe(2);
  expect(fit.problems.join()).toContain('left out');
  for (const each of gammaGamma.expectedSpend(fit, spend)) expect(each).toBeGreaterThanOrEqual(0);
});

it('has no mean for q up to 1, says so, and takes the observed one', () => {
  const wild = Array.from({ length: 400 }, (_, row) => Math.exp(4 * Math.sin(row * row)));
  const spend = { orders: Int32Array.from(wild, () => 30), mean: Float64Array.from(wild) };
  const fit = gammaGamma.fit(spend);
  expect(fit.parameters.q).toBeLessThan(1);
  expect(fit.problems.join()).toContain('no mean');
  const none = { orders: Int32Array.of(0), mean: Float64Array.of(0) };
  expect(gammaGamma.expectedSpend(fit, none)[0]).toBe(fit.meanSpend);
});

it('never throws, whatever was spent', () => {
  const buyer = fc.record({ orders: fc.nat(20), mean: fc.double({ min: -1e6, max: 1e6, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(buyer, { maxLength: 30 }), (buyers) => {
      const spend = {
        orders: Int32Array.from(buyers, ({ orders }) => orders),
        mean: Float64Array.from(buyers, ({ mean }) => mean),
      };
      const fit = gammaGamma.fit(spend, { maxEvaluations: 40 });
      for (const each of Object.values(fit.parameters)) expect(each).toBeGreaterThan(0);
      for (const each of gammaGamma.expectedSpend(fit, spend)) expect(each).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 30 },
  );
});

it('warns where spend goes with the number of orders', () => {
  const orders = Int32Array.from({ length: 200 }, (_, row) => 1 + (row % 10));
  const fit = gammaGamma.fit({ orders, mean: Float64Array.from(orders, (x, row) => 10 * x + (row % 7)) });
  expect(fit.problems.join()).toContain('correlated');
});

describe('logarithm and derivative of the gamma function', () => {
  it.each([
    [0.5, Math.log(Math.PI) / 2, -1.9635100260214235],
    [1, 0, -0.5772156649015329],
    [2, 0, 0.42278433509846713],
    [10, Math.log(362_880), 2.251752589066721],
  ])('at %p', (x, log, slope) => {
    expect(logGamma(x)).toBeCloseTo(log, 13);
    expect(digamma(x)).toBeCloseTo(slope, 13);
  });
  it('grow by ln x and by 1/x', () => {
    for (const x of [1e-3, 0.3, 3.7, 11.5, 4e3]) {
      expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 10);
      expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 10);
    }
  });
});
