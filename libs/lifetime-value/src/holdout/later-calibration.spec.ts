import { cdnowSample, dayOf, describeWith } from '@perennial/testing';
import { evaluateRecalibration } from './later-calibration.js';
import { AS_TOLD } from './recalibration.js';

const models = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'];

describeWith('cdnow/CDNOW_sample.txt')("What was off with CDNOW's customers", () => {
  const after = (until: number, holdoutUntil: number) =>
    evaluateRecalibration(cdnowSample(), { until: dayOf(until), holdoutUntil: dayOf(holdoutUntil), models })!;

  it('in the summer says nothing of what is off in the nine months after', () => {
    const { recalibration, told, corrected, learntDays, gain } = after(19970930, 19980630);
    expect(learntDays).toBe(90);
    expect(recalibration).toEqual(AS_TOLD);
    expect(told.calibrationError).toBeCloseTo(0.0538, 4);
    expect(corrected).toEqual(told);
    expect(gain).toBe(0);
  });

  it.each([19980313, 19980630])('in the autumn is off, in part, until %d, too', (until) => {
    const { recalibration, told, corrected, gain, gainError, model } = after(19971124, until);
    expect(model).toBe('pareto-nbd');
    expect(recalibration.slope).toBeCloseTo(0.9, 2);
    expect(gain).toBeGreaterThan(2 * gainError);
    for (const measure of ['logLoss', 'brierScore', 'calibrationError', 'worstTenth'] as const)
      expect(corrected[measure]).toBeLessThan(told[measure]);
    expect(corrected.tenths.map(({ actual }) => actual)).toEqual(told.tenths.map(({ actual }) => actual));
  });
});

it('says nothing where days are too few to learn from, or nobody had ordered before them', () => {
  const log = { customer: [0, 1, 0], day: [0, 10, 30] };
  expect(evaluateRecalibration(log, { until: 40, holdoutUntil: 60, models })).toBeNull();
  const late = { customer: [0, 1, 1], day: [5, 100, 130] };
  expect(evaluateRecalibration(late, { until: 4, holdoutUntil: 140, models })).toBeNull();
});
