import fc from 'fast-check';
import { aucOf } from './accuracy.js';
import {
  AS_TOLD,
  byChance,
  chancesOf,
  recalibrate,
  recalibrated,
  type Recalibration,
} from './recalibration.js';

/** From 0 to 1, the same ones each time (Park and Miller 1988). */
function chances(seed: number): () => number {
  let state = 1 + seed * 7_919;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Customers who come with other chances than those that are told. */
function customers(count: number, truth: (told: number) => number, seed = 1) {
  const next = chances(seed);
  for (let warm = 0; warm < 10; warm++) next();
  const told = Float64Array.from({ length: count }, () => 0.01 + 0.98 * next());
  return { told, happened: told.map((each) => Number(next() < truth(each))) };
}
const odds = (p: number) => Math.log(p / (1 - p));
const off =
  ({ intercept, slope }: Recalibration) =>
  (told: number) =>
    1 / (1 + Math.exp(-intercept - slope * odds(told)));

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const correction = fc.record({
  intercept: fc.double({ min: -2, max: 2, noNaN: true }),
  slope: fc.double({ min: 0.2, max: 3, noNaN: true }),
});

describe('A corrected probability', () => {
  it('is a probability, and ranks nobody anew', () =>
    fc.assert(
      fc.property(chance, chance, correction, (one, other, by) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)].map((p) => recalibrated(p, by));
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(high!);
      }),
    ));

  it('is the one that was told where nothing is to be corrected, and where it was certain', () =>
    fc.assert(
      fc.property(chance, correction, (told, by) => {
        expect(recalibrated(told, AS_TOLD)).toBe(told);
        expect([recalibrated(0, by), recalibrated(1, by)]).toEqual([0, 1]);
      }),
    ));
});

describe('What is off', () => {
  it('is corrected by half, towards what happened', () => {
    const by = { intercept: 0.5, slope: 0.7 };
    const { told, happened } = customers(10_000, off(by));
    const { recalibration, gain, gainError, corrected, told: before } = recalibrate(told, happened);
    expect(recalibration.intercept).toBeCloseTo(0.25, 1);
    expect(recalibration.slope).toBeCloseTo(0.85, 1);
    expect(gain).toBeGreaterThan(3 * gainError);
    expect(before.logLoss - corrected.logLoss).toBeCloseTo(gain, 12);
    for (const measure of ['logLoss', 'brierScore', 'calibrationError', 'worstTenth'] as const)
      expect(corrected[measure]).toBeLessThan(before[measure]);
  });

  it('is no matter of few customers, nor of customers who are all alike', () => {
    const few = customers(45, off({ intercept: 3, slope: 1 }));
    expect(recalibrate(few.told, few.happened).recalibration).toEqual(AS_TOLD);
    const alike = recalibrate(new Float64Array(400).fill(0.3), new Float64Array(400));
    expect(alike.recalibration).toEqual(AS_TOLD);
  });

  it('by chance is left alone: probabilities that are right stay as they are told', () => {
    const changed = Array.from({ length: 30 }, (_, seed) => {
      const { told, happened } = customers(1_000, (each) => each, seed);
      return recalibrate(told, happened).recalibration;
    }).filter(({ intercept, slope }) => intercept !== 0 || slope !== 1);
    expect(changed).toEqual([]);
  });

  it('is left alone where few tell of it, and hardly believed where some do', () => {
    const by = { intercept: 1, slope: 1 };
    const [few, some, many] = [20, 300, 10_000].map((count) => {
      const { told, happened } = customers(count, off(by));
      return recalibrate(told, happened).recalibration;
    });
    expect(few).toEqual(AS_TOLD);
    expect(some!.intercept).toBeLessThan(0.9 * many!.intercept);
    expect(many!.intercept).toBeGreaterThan(0.4);
  });

  it('is told by customers whom the correction was not fitted to', () => {
    // Where nothing is to be learnt, what is fitted does worse on others: on those it was fitted to it never would.
    const gains = Array.from({ length: 30 }, (_, seed) => {
      const { told, happened } = customers(1_000, (each) => each, seed);
      return recalibrate(told, happened).gain;
    });
    expect(gains.reduce((sum, each) => sum + each, 0)).toBeLessThan(0);
  });
});

describe('A correction is always found', () => {
  it.each<[string, number, (row: number) => number, (row: number) => number]>([
    ['of nobody', 0, () => 0.5, () => 0],
    ['of one', 1, () => 0.5, () => 1],
    ['where all came', 500, (row) => (row + 1) / 502, () => 1],
    ['where none came', 500, (row) => (row + 1) / 502, () => 0],
    ['where those above one half came, and no others', 500, (row) => row / 500, (row) => Number(row >= 250)],
    ['where those below one half came, and no others', 500, (row) => row / 500, (row) => Number(row < 250)],
    ['where all were told the same', 500, () => 0.3, (row) => row % 2],
    ['where all was certain, and wrong', 500, (row) => row % 2, (row) => (row + 1) % 2],
  ])('%s', (_, size, chances, outcome) => {
    const rows = Array.from({ length: size }, (__, row) => row);
    const told = Float64Array.from(rows, chances);
    const happened = Float64Array.from(rows, outcome);
    const report = recalibrate(told, happened);
    const figures = JSON.stringify(report, (__, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? 'no number' : value,
    );
    expect(figures).not.toContain('no number');
    expect(report.recalibration.slope).toBeGreaterThan(0);
  });

  it('leaves the area under the curve, and never counts tenths anew', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(chance, fc.boolean()), { minLength: 2, maxLength: 400 }), (rows) => {
        const told = Float64Array.from(rows, ([each]) => each);
        const happened = Float64Array.from(rows, ([, came]) => Number(came));
        const { recalibration, told: before, corrected } = recalibrate(told, happened);
        const after = told.map((each) => recalibrated(each, recalibration));
        expect(aucOf(after, happened)).toBeCloseTo(aucOf(told, happened), 3);
        expect(corrected.tenths.map(({ actual }) => actual)).toEqual(
          before.tenths.map(({ actual }) => actual),
        );
        expect(before).toEqual(chancesOf(...byChance(told, happened)));
      }),
    ));

  it('but for columns that do not fit together', () =>
    expect(() => recalibrate(new Float64Array(2), new Float64Array(3))).toThrow(RangeError));
});
