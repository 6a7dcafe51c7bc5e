import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import type { Fit } from '../fits/fit.js';
import { summarise, type Summary } from '../histories/order-log.js';
import { histories } from '../histories/histories.js';
import { bgBb } from './bg-bb.js';
import { bgNbd } from './bg-nbd.js';

import { orderModels } from './order-models.js';
import { paretoNbd } from './pareto-nbd.js';

/** As printed: Fader, Hardie, Lee 2005, table 2; Batislam et al. 2007. */
const published: Record<string, Record<string, number>> = {
  'bg-nbd': { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.429 },
  'mbg-nbd': { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, logLikelihood: -9582.136 },
  'pareto-nbd': { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669, logLikelihood: -9594.976 },
};

/** The customers 1, 2, 3, 157, 1516 and 325: probability to be alive, orders expected in 39 weeks. */
const single: Record<string, [number, number][]> = {
  'bg-nbd': [
    [0.72662, 1.225994],
    [0.212391, 0.203419],
    [1, 0.194794],
    [0.969221, 20.05525],
    [0.968854, 20.748903],
    [0.04093, 0.748549],
  ],
  'mbg-nbd': [
    [0.706138, 1.262759],
    [0.170951, 0.188945],
    [0.389723, 0.153966],
    [0.965938, 18.951872],
    [0.965485, 19.446608],
    [0.046371, 0.804365],
  ],
  'pareto-nbd': [
    [0.869134, 1.455202],
    [0.167996, 0.171114],
    [0.295113, 0.10707],
    [0.996187, 19.595849],
    [0.997873, 20.11482],
    [0.109295, 1.89699],
  ],
};
const singles = histories({
  frequency: [2, 1, 0, 29, 26, 25],
  recency: [213, 12, 0, 264, 216, 191],
  age: [272, 272, 272, 266, 217, 258],
});

describeWith('cdnow/CDNOW_sample.txt')("CDNOW's sample, calibrated to week 39", () => {
  let sample: Summary;
  const fits: Record<string, Fit> = {};
  beforeAll(() => {
    sample = summarise(cdnowSample(), { until: dayOf(19970930), holdoutUntil: dayOf(19980630) });
    for (const name of Object.keys(published)) fits[name] = orderModels[name]!.fit(sample.histories);
  });

  it('is the table of the papers', () => {
    const { histories, spend, holdout } = sample;
    expect(histories.size).toBe(2357);
    expect(histories.frequency.filter((x) => x > 0)).toHaveLength(946);
    expect(histories.frequency.reduce((sum, x) => sum + x, 0)).toBe(2457);
    expect(holdout.days).toBe(273);
    expect(holdout.orders.reduce((sum, x) => sum + x, 0)).toBe(1882);
    expect(holdout.amount.reduce((sum, x) => sum + x, 0)).toBeCloseTo(70_976.39, 6);
    expect([histories.frequency[0], histories.recency[0], histories.age[0]]).toEqual([2, 213, 272]);
    expect([histories.frequency[1], histories.recency[1], histories.age[1]]).toEqual([1, 12, 272]);
    expect([...spend.mean.slice(0, 3)]).toEqual([22.345, 11.77, 0]);
  });

  it.each(Object.keys(published))('gives the published parameters of %s', (name) => {
    const fit = fits[name]!;
    expect(fit.problems).toEqual([]);
    expect(fit.converged).toBe(true);
    const { logLikelihood, ...parameters } = published[name]!;
    expect(fit.logLikelihood).toBeCloseTo(logLikelihood!, 3);
    for (const [parameter, value] of Object.entries(parameters)) {
      expect(fit.parameters[parameter]!.toFixed(3)).toBe(value.toFixed(3));
    }
  });

  it('gives the standard errors that CLVTools prints for the Pareto/NBD', () => {
    const { r, alpha, s, beta } = fits['pareto-nbd']!.standardErrors!;
    for (const [ours, theirs] of [
      [r, 0.0476264],
      [alpha, 0.8427222],
      [s, 0.1872594],
      [beta, 6.2105448],
    ] as [number, number][]) {
      expect(Math.abs(ours / theirs - 1)).toBeLessThan(2e-3);
    }
  });

  it.each(Object.keys(single))('scores single customers by %s as re-derived', (name) => {
    const model = orderModels[name]!;
    const alive = model.probabilityAlive(fits[name]!, singles);
    const expected = model.expectedOrders(fits[name]!, singles, 273);
    single[name]!.forEach(([probability, orders], row) => {
      expect(alive[row]).toBeCloseTo(probability, 5);
      expect(Math.abs(expected[row]! / orders - 1)).toBeLessThan(1e-5);
    });
  });
});

const bg = {
  model: 'bg-nbd',
  parameters: { r: 0.2425945, alpha: 4.4136019, a: 0.7929199, b: 2.4258881 },
  unitDays: 7,
};
const pareto = {
  model: 'pareto-nbd',
  parameters: { r: 0.55315, alpha: 10.57633, s: 0.60625, beta: 11.6715 },
  unitDays: 7,
};

const expectNear = (actual: number | undefined, expected: number, relative: number) =>
  expect(Math.abs(actual! / expected - 1)).toBeLessThan(relative);

it("expects of a new customer what Hardie's spreadsheet of the BG/NBD does", () => {
  for (const [days, orders] of [
    [1, 0.0078],
    [7, 0.0532],
    [21, 0.1506],
    [223, 1.0405],
    [224, 1.0437],
    [546, 1.8576],
  ] as [number, number][]) {
    // The spreadsheet's own optimum differs in the fourth digit.
    expect(Math.abs(bgNbd.expectedOrdersOfNew(bg, days) - orders)).toBeLessThan(5e-4);
  }
});

describe("the vignette of R's BTYD", () => {
  const often = histories({ frequency: [26], recency: [216], age: [217] });
  const paused = histories({
    frequency: [10, 15, 20, 25],
    recency: [140, 140, 140, 140],
    age: [273, 273, 273, 273],
  });

  it('is met by the BG/NBD', () => {
    expectNear(bgNbd.expectedOrdersOfNew(bg, 364), 1.444004, 1e-4);
    expectNear(bgNbd.expectedOrders(bg, often, 364)[0], 25.75659, 1e-4);
    expectNear(bgNbd.probabilityAlive(bg, often)[0], 0.9688523, 1e-5);
    const expected = bgNbd.expectedOrders(bg, paused, 364);
    [0.3474606, 0.04283391, 0.004158973].forEach((each, row) => expectNear(expected[row], each, 1e-3));
  });

  it('is met by the Pareto/NBD', () => {
    expectNear(paretoNbd.expectedOrdersOfNew(pareto, 364), 1.473434, 1e-4);
    expectNear(paretoNbd.expectedOrders(pareto, often, 364)[0], 25.45647, 1e-4);
    expectNear(paretoNbd.probabilityAlive(pareto, often)[0], 0.997874, 1e-5);
    const expected = paretoNbd.expectedOrders(pareto, paused, 364);
    // The vignette's parameters have fewer digits than its answers.
    [0.7062289, 0.1442396, 0.02250658, 0.00309267].forEach((each, row) =>
      expectNear(expected[row], each, 2e-3),
    );
  });

  it('has the customers at whom other programs overflowed', () => {
    const fitted = {
      model: 'pareto-nbd',
      parameters: { r: 0.5143, alpha: 2.8845, s: 0.2856, beta: 14.1087 },
      unitDays: 7,
    };
    const many = histories({
      frequency: [221, 254, 161, 204],
      recency: [724, 680, 663, 690],
      age: [725, 681, 686, 696],
    });
    for (const alive of paretoNbd.probabilityAlive(fitted, many)) expect(alive).toBeGreaterThan(0.5);
  });
});

/** Fader, Hardie, Shang 2010, table 2: gifts to a charity after 1995, over six years. */
const donations = [
  [0, 0, 3464],
  [1, 1, 1091],
  [1, 2, 277],
  [1, 3, 129],
  [1, 4, 78],
  [1, 5, 119],
  [1, 6, 129],
  [2, 2, 613],
  [2, 3, 255],
  [2, 4, 155],
  [2, 5, 173],
  [2, 6, 234],
  [3, 3, 322],
  [3, 4, 181],
  [3, 5, 225],
  [3, 6, 357],
  [4, 4, 240],
  [4, 5, 284],
  [4, 6, 512],
  [5, 5, 335],
  [5, 6, 728],
  [6, 6, 1203],
] as const;

describe('BG/BB on 11,104 donors', () => {
  const donors = histories({
    frequency: donations.map(([x]) => x),
    recency: donations.map(([, last]) => last),
    age: donations.map(() => 6),
    weight: donations.map(([, , customers]) => customers),
    periodDays: 365,
  });
  const fit = bgBb.fit(donors);
  const rowOf = (x: number, last: number) => donations.findIndex((row) => row[0] === x && row[1] === last);

  it('gives the published parameters', () => {
    expect(fit.customers).toBe(11_104);
    expect(fit.problems).toEqual([]);
    expect(fit.logLikelihood).toBeCloseTo(-33_225.58, 2);
    const { alpha, beta, gamma, delta } = fit.parameters;
    expect([alpha, beta, gamma, delta].map((each) => each!.toFixed(3))).toEqual([
      '1.204',
      '0.750',
      '0.657',
      '2.783',
    ]);
  });

  it('expects gifts as printed', () => {
    const printed = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887];
    printed.forEach((gifts, year) =>
      expect(bgBb.expectedOrdersOfNew(fit, (year + 1) * 365)).toBeCloseTo(gifts, 3),
    );
    const ten = bgBb.expectedOrders(fit, donors, 3650);
    expect(ten[rowOf(0, 0)]).toBeCloseTo(0.1302169, 3);
    expect(ten[rowOf(4, 5)]).toBeCloseTo(3.627858, 3);
    const five = bgBb.expectedOrders(fit, donors, 5 * 365);
    expect(five.reduce((sum, each, row) => sum + each * donors.weight[row]!, 0)).toBeCloseTo(12_884.2, 0);
  });

  it('knows who is still there', () => {
    const alive = bgBb.probabilityAlive(fit, donors);
    expect(alive[rowOf(0, 0)]).toBeCloseTo(0.11, 2);
    expect(alive[rowOf(2, 4)]).toBeCloseTo(0.59, 2);
    expect(alive[rowOf(6, 6)]).toBeCloseTo(0.93, 2);
  });
});
