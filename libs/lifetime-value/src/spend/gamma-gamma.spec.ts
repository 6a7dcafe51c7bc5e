import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import fc from 'fast-check';
import type { FitOptions } from '../fits/fit.js';
import { summarise, type Spend } from '../histories/order-log.js';
import { digamma, logGamma } from '../numerics/gamma.js';
import { integrate } from '../numerics/quadrature.js';
import { gammaGamma, type SpendFit } from './gamma-gamma.js';

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

describe('where no repeat order has a positive worth', () => {
  const worthOf = (spend: Spend, options: FitOptions = {}) => {
    const fit = gammaGamma.fit(spend, options);
    return { fit, expected: [...gammaGamma.expectedSpend(fit, spend)] };
  };
  const columns = (rows: [orders: number, mean: number, first: number][]): Spend => ({
    orders: Int32Array.from(rows, ([orders]) => orders),
    mean: Float64Array.from(rows, ([, mean]) => mean),
    first: Float64Array.from(rows, ([, , first]) => first),
  });

  it.each(['auto', 'none'] as const)(
    'takes the mean of first orders where nobody came back (%s)',
    (prior) => {
      const { fit, expected } = worthOf(
        columns([
          [0, 0, 20],
          [0, 0, 30],
        ]),
        { prior },
      );
      expect(expected).toEqual([25, 25]);
      expect(fit).toMatchObject({ customers: 0, meanSpend: 25, converged: false, standardErrors: null });
      expect(fit.problems.join()).toContain('taken to be worth 25.00, the mean of all orders');
    },
  );

  it('is not carried away by one repeat order that was paid back', () => {
    const { fit, expected } = worthOf(
      columns([...Array<[number, number, number]>(99).fill([0, 0, 20]), [1, 0, 20]]),
    );
    expect(fit.meanSpend).toBeCloseTo((99 * 20 + 10) / 100, 12);
    expect(expected[0]).toBeCloseTo(fit.meanSpend, 12);
    expect(expected[99]).toBeLessThan(expected[0]!);
  });

  it.each<[string, Spend]>([
    [
      'all orders were free',
      columns([
        [0, 0, 0],
        [3, 0, 0],
      ]),
    ],
    ['nothing is known of first orders', { orders: Int32Array.of(0, 2), mean: new Float64Array(2) }],
    ['there are no customers', columns([])],
  ])('makes no money up: %s', (_, spend) => {
    const { fit, expected } = worthOf(spend);
    expect(expected.every((each) => each === 0)).toBe(true);
    expect(fit.meanSpend).toBe(0);
    expect(fit.problems.join()).toContain('No order has a positive worth');
    expect(JSON.parse(JSON.stringify(fit))).toEqual(fit);
  });

  it("leans on a prior of one's own, if told to", () => {
    const prior = { center: { p: 6, q: 3, v: 20 }, unitDays: 1, spread: 1 };
    const { fit } = worthOf(columns([[0, 0, 0]]), { prior });
    expect(fit.problems.join()).toContain('A prior was added, as it was asked for (spread 1)');
    expect((fit.parameters.p! * fit.parameters.v!) / (fit.parameters.q! - 1)).toBeCloseTo(60, 6);
  });
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
      const somebodyPaid = buyers.some(({ orders, mean }) => orders > 0 && mean > 0);
      const { p, q, v } = fit.parameters;
      for (const each of [p, q, v! / (fit.meanSpend || 1)])
        expect(each).toBeGreaterThanOrEqual(somebodyPaid ? 1e-7 : 0);
      for (const each of gammaGamma.expectedSpend(fit, spend)) expect(each).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 30 },
  );
});

describe('whatever money is counted in', () => {
  /** Means that vary among customers and, the less the more they order, within each. */
  const spend: Spend = {
    orders: Int32Array.from({ length: 300 }, (_, row) => 1 + ((row * row) % 5)),
    mean: Float64Array.from(
      { length: 300 },
      (_, row) =>
        30 *
        Math.exp(0.5 * Math.sin(7.3 * row) + (0.4 * Math.sin(31.7 * row)) / Math.sqrt(1 + ((row * row) % 5))),
    ),
  };
  const inUnits = (k: number): Spend => ({ ...spend, mean: spend.mean.map((each) => each * k) });
  const few = (of: Spend): Spend => ({ orders: of.orders.slice(0, 20), mean: of.mean.slice(0, 20) });
  const prior = (k: number) => ({ center: { p: 6, q: 3, v: 20 * k }, unitDays: 1, spread: 0.5 });

  it.each<[string, (k: number) => SpendFit]>([
    ['by the data alone', (k) => gammaGamma.fit(inUnits(k), { prior: 'none' })],
    ['with the weak prior of few buyers', (k) => gammaGamma.fit(few(inUnits(k)))],
    [
      "with a prior and a start of one's own",
      (k) => gammaGamma.fit(inUnits(k), { prior: prior(k), start: { p: 5, q: 3, v: 30 * k } }),
    ],
  ])('it finds the same, %s', (_, fitIn) => {
    const one = fitIn(1);
    expect(one.converged).toBe(true);
    fc.assert(
      fc.property(fc.double({ min: -12, max: 12, noNaN: true }), (digits) => {
        const k = 10 ** digits;
        const other = fitIn(k);
        const ratio = (of: (fit: SpendFit) => number) => of(other) / of(one) - 1;
        for (const name of ['p', 'q'] as const) {
          expect(ratio(({ parameters }) => parameters[name]!)).toBeCloseTo(0, 6);
          expect(ratio(({ standardErrors }) => standardErrors![name]!)).toBeCloseTo(0, 5);
        }
        expect(other.parameters.v! / (k * one.parameters.v!)).toBeCloseTo(1, 6);
        expect(other.standardErrors!.v! / (k * one.standardErrors!.v!)).toBeCloseTo(1, 5);
        expect(other.meanSpend / (k * one.meanSpend)).toBeCloseTo(1, 9);
        expect(other.logLikelihood + one.customers * Math.log(k)).toBeCloseTo(one.logLikelihood, 5);
        expect(other.problems).toEqual(one.problems);
        if (one.prior) expect(other.prior!.center.v! / (k * one.prior.center.v!)).toBeCloseTo(1, 9);
      }),
      { numRuns: 25 },
    );
  });
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
