import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import { histories } from '../histories/histories.js';
import { summarise } from '../histories/order-log.js';
import { orderModels } from '../orders/order-models.js';
import { gammaGamma } from '../spend/gamma-gamma.js';
import { lifetimeValues } from '../value/lifetime-value.js';
import { accuracy } from './accuracy.js';
import { chooseModel, evaluateHoldout, type HoldoutReport } from './holdout.js';
import { evaluateSpend } from './spend-holdout.js';

const NAMES = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'];

/** Re-derived with lifetimes 0.11.3 and likelihoods of the reference's own. */
const table = {
  'bg-nbd': {
    predicted: 1653.4087,
    meanAbsoluteError: 0.7855,
    rootMeanSquaredError: 1.608,
    spearman: 0.4493,
    auc: 0.7725,
    topTenthShare: 0.4671,
    aucByProbabilityAlive: 0.3158,
  },
  'mbg-nbd': {
    predicted: 1576.7284,
    meanAbsoluteError: 0.7648,
    rootMeanSquaredError: 1.6072,
    spearman: 0.45,
    auc: 0.7728,
    topTenthShare: 0.475,
    aucByProbabilityAlive: 0.6866,
  },
  'pareto-nbd': {
    predicted: 1665.5131,
    meanAbsoluteError: 0.7545,
    rootMeanSquaredError: 1.6028,
    spearman: 0.4597,
    auc: 0.7787,
    topTenthShare: 0.4702,
    aucByProbabilityAlive: 0.7262,
  },
  'own rate × time': {
    predicted: 2930.1011,
    meanAbsoluteError: 1.0237,
    rootMeanSquaredError: 2.2119,
    spearman: 0.4898,
    auc: 0.7598,
    topTenthShare: 0.458,
  },
  'same count again': {
    predicted: 2457,
    meanAbsoluteError: 0.8973,
    rootMeanSquaredError: 1.971,
    spearman: 0.4878,
    auc: 0.7576,
  },
  'most recent first': { spearman: 0.4465, auc: 0.7714 },
};

it('says of a fit whose formulas have no value that it predicts nothing, and why, and comes to an end', () => {
  const few = histories({ frequency: [0, 1, 2, 0], recency: [0, 9, 20, 0], age: [40, 30, 25, 12] });
  const fits = Object.values(orderModels).map((model) => model.fit(few));
  const nowhere = fits.map((fit) => ({
    ...fit,
    parameters: Object.fromEntries(Object.keys(fit.parameters).map((name) => [name, Number.NaN])),
  }));
  const report = evaluateHoldout([...nowhere, fits[0]!], few, Float64Array.of(1, 0, 2, 0), 30);
  expect(report.models.map(({ name }) => name)).toEqual([fits[0]!.model]);
  expect(report.chosen).toBe(fits[0]!.model);
  expect(report.unsound.map(({ name }) => name)).toEqual(nowhere.map(({ model }) => model));
  expect(report.unsound[0]!.reason).toContain('r NaN');
  expect(report.unsound[0]!.reason).toContain('for 4 of 4 customers');
});

it('says that occasions a year apart have none in a holdout of half a year', () => {
  const yearly = histories({ frequency: [0, 1, 2], recency: [0, 1, 3], age: [3, 3, 3], periodDays: 365 });
  const fit = orderModels['bg-bb']!.fit(yearly);
  const { models, unsound } = evaluateHoldout([fit], yearly, new Float64Array(3), 182);
  expect(models).toEqual([]);
  expect(unsound[0]!.reason).toContain('whole periods of 365 days');
});

describeWith('cdnow/CDNOW_sample.txt')("CDNOW's sample in weeks 40 to 78", () => {
  const sampled = () => {
    const sample = summarise(cdnowSample(), { until: dayOf(19970930), holdoutUntil: dayOf(19980630) });
    return { ...sample, fits: NAMES.map((name) => orderModels[name]!.fit(sample.histories)) };
  };
  let sample: ReturnType<typeof sampled>;
  let report: HoldoutReport;
  beforeAll(() => {
    sample = sampled();
    report = evaluateHoldout(sample.fits, sample.histories, sample.holdout.orders, sample.holdout.days);
  });

  it.each(Object.entries(table))('is the table: %s', (name, expected) => {
    const row = [...report.models, ...report.baselines].find((each) => each.name === name)!;
    expect(row).toBeDefined();
    for (const [figure, value] of Object.entries(expected)) {
      const actual = (row as unknown as Record<string, number>)[figure]!;
      // Within 1 % of the table; in fact to its digits.
      expect(Math.abs(actual / value - 1)).toBeLessThan(5e-4);
    }
  });

  it('chooses the Pareto/NBD, which no baseline beats', () => {
    expect(report.orders).toBe(1882);
    expect(report.chosen).toBe('pareto-nbd');
    expect(report.beatenBy.deviance).toBeUndefined();
  });

  it('says what rules of thumb do better all the same', () => {
    expect(report.beatenBy).toEqual({ spearman: ['own rate × time', 'same count again'] });
  });

  it('shows how far chances to be active are off: all too low, by less than half of what rules of thumb are off', () => {
    const [, , pareto] = report.models;
    const off = pareto!.activeCalibration.map(({ predicted, actual }) => predicted - actual);
    expect(Math.max(...off)).toBeLessThan(0);
    expect(Math.min(...off)).toBeCloseTo(-0.145, 3);
    expect(pareto!.activeCalibrationError).toBeCloseTo(0.068, 3);
    expect(pareto!.brierScore).toBeCloseTo(0.162, 3);
    for (const row of report.baselines) {
      if (row.kind === 'ranking') continue;
      expect(row.activeCalibrationError).toBeGreaterThan(2.5 * pareto!.activeCalibrationError);
      expect(row.brierScore).toBeGreaterThan(pareto!.brierScore);
    }
  });

  it("shows that the BG/NBD's chances to be alive are no churn score", () => {
    expect(report.models[0]!.aucByProbabilityAlive).toBeLessThan(0.5);
  });

  it('predicts the spend of the table', () => {
    const spend = gammaGamma.fit(sample.spend);
    const sums = sample.fits.map((orders) =>
      lifetimeValues({ orders, spend }, sample, {
        annualDiscountRate: 0,
        horizonDays: sample.holdout.days,
      }).value.reduce((sum, each) => sum + each, 0),
    );
    [59_931.628, 57_128.099, 60_449.3047].forEach((each, i) =>
      expect(Math.abs(sums[i]! / each - 1)).toBeLessThan(1e-4),
    );
  });

  it('sets beside it what rules of thumb and worths without a model say of the same spend', () => {
    const spend = gammaGamma.fit(sample.spend);
    const fits = sample.fits.map((fit) => ({ fit, histories: sample.histories }));
    const { models, baselines, actual, beatenBy } = evaluateSpend(fits, spend, sample, report.chosen);
    expect(models.map(({ predicted }) => Math.round(predicted))).toEqual([59_932, 57_128, 60_449]);
    expect(baselines.map(({ name }) => name)).toEqual([
      'own spend × time',
      'same spend again',
      'everybody alike',
      "pareto-nbd × everybody's mean",
      'pareto-nbd × own mean',
    ]);
    // By their definitions, from what customers had spent.
    const { orders, mean } = sample.spend;
    const paid = mean.map((each, row) => each * orders[row]!);
    const { age } = sample.histories;
    const [total, days] = [paid, age].map((column) => [...column].reduce((sum, each) => sum + each, 0));
    expect(baselines[1]!.predicted).toBeCloseTo(total!, 4);
    expect(baselines[2]!.predicted).toBeCloseTo((2_357 * total! * 273) / days!, 4);
    expect(baselines[3]!.predicted).toBeCloseTo(report.models[2]!.predicted * spend.meanSpend, 4);
    expect(actual).toBeCloseTo(
      [...sample.holdout.amount].reduce((sum, each) => sum + each, 0),
      6,
    );
    expect(beatenBy).toEqual({
      spearman: ['own spend × time', 'same spend again', "pareto-nbd × everybody's mean"],
    });
  });
});

describe('accuracy', () => {
  it('of a perfect prediction', () => {
    const actual = Float64Array.from({ length: 40 }, (_, row) => row % 4);
    expect(accuracy(actual, actual)).toMatchObject({
      errorPercent: 0,
      meanAbsoluteError: 0,
      spearman: 1,
      auc: 1,
    });
  });

  it('of one that says nothing', () => {
    const actual = Float64Array.from([0, 2, 0, 1]);
    const { auc, spearman, errorPercent } = accuracy(new Float64Array(4).fill(0.75), actual);
    expect([auc, spearman, errorPercent]).toEqual([0.5, 0, 0]);
  });

  it('counts ties as half', () => {
    const actual = Float64Array.from([0, 1, 0, 1]);
    expect(accuracy(Float64Array.from([1, 1, 0, 2]), actual).auc).toBe(0.875);
  });

  it('of nobody is no error', () => {
    expect(accuracy(new Float64Array(0), new Float64Array(0))).toMatchObject({
      predicted: 0,
      auc: 0.5,
      topTenthShare: 0,
    });
  });
});

it('chooses among models that converged, if any did', () => {
  const row = (name: string, deviance: number, converged: boolean) => ({ name, deviance, converged });
  expect(chooseModel([row('a', 1, false), row('b', 2, true), row('c', 3, true)])!.name).toBe('b');
  expect(chooseModel([row('a', 2, false), row('b', 1, false)])!.name).toBe('b');
  expect(chooseModel<ReturnType<typeof row>>([])).toBeUndefined();
});

it('says when a baseline is better', () => {
  const steady = histories({ frequency: [4, 4, 4], recency: [40, 40, 40], age: [50, 50, 50] });
  const fit = { ...orderModels['bg-nbd']!.fit(steady), parameters: { r: 1, alpha: 900, a: 1, b: 1 } };
  const { beatenBy } = evaluateHoldout([fit], steady, Float64Array.from([4, 4, 4]), 50);
  expect(beatenBy.deviance).toContain('same count again');
  expect(beatenBy.meanAbsoluteError).toContain('own rate × time');
  expect(beatenBy.auc).toBeUndefined();
});
