import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import { summarise, type Summary } from '../histories/order-log.js';
import { orderModels } from './order-models.js';

const published = {
  'bg-nbd': { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.429 },
  'mbg-nbd': { r: 0.525, alpha: 6.183, a: 0.891, b: 1.614, logLikelihood: -9582.136 },
};

describeWith('cdnow/CDNOW_sample.txt')("CDNOW's sample, calibrated to week 39", () => {
  let sample: Summary;
  beforeAll(() => {
    sample = summarise(cdnowSample(), { until: dayOf(19970930), holdoutUntil: dayOf(19980630) });
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

  it.each(Object.entries(published))('gives the published parameters of %s', (name, expected) => {
    const fit = orderModels[name]!.fit(sample.histories);
    expect(fit.problems).toEqual([]);
    expect(fit.converged).toBe(true);
    const { logLikelihood, ...parameters } = expected;
    expect(fit.logLikelihood).toBeCloseTo(logLikelihood, 3);
    for (const [parameter, value] of Object.entries(parameters)) {
      expect(fit.parameters[parameter]!.toFixed(3)).toBe(value.toFixed(3));
    }
  });
});
