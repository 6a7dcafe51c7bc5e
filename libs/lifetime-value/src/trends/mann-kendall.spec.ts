import fc from 'fast-check';
import { mannKendall } from './mann-kendall.js';

describe('A trend', () => {
  it('has the score, variance and probability that the formulas give by hand', () => {
    // 10 pairs: 8 rise, 2 fall; Var S = 5 · 4 · 15 / 18; z = 5 / √16.667; two-sided probability of the normal.
    const { score, z, probability, slope, level } = mannKendall([1, 3, 2, 5, 4]);
    expect(score).toBe(6);
    expect(z).toBeCloseTo(5 / Math.sqrt(300 / 18), 12);
    expect(probability).toBeCloseTo(0.22067, 4);
    expect(slope).toBe(0.875);
    expect(level).toBe(3);
  });

  it('counts ties for neither side, and they make it less uncertain', () => {
    const { score, z } = mannKendall([2, 2, 2, 3]);
    expect(score).toBe(3);
    expect(z).toBeCloseTo(2 / Math.sqrt((4 * 3 * 13 - 3 * 2 * 11) / 18), 12);
  });

  it('is none in a series that stands still, of one value or of none', () => {
    for (const values of [[7, 7, 7, 7], [7], []])
      expect(mannKendall(values)).toMatchObject({
        score: 0,
        z: 0,
        probability: expect.closeTo(1, 6),
        slope: 0,
      });
  });

  it('refuses what is not a number', () => {
    expect(() => mannKendall([1, Number.NaN])).toThrow(RangeError);
  });

  it('turns round when the series does, and does not depend on level or scale', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 }), (values) => {
        const trend = mannKendall(values);
        const back = mannKendall([...values].reverse());
        expect(back.z).toBeCloseTo(-trend.z, 10);
        expect(back.slope).toBeCloseTo(-trend.slope, 10);
        expect(mannKendall(values.map((value) => 3 * value + 7)).z).toBe(trend.z);
        expect(trend.probability).toBeGreaterThanOrEqual(0);
        expect(trend.probability).toBeLessThanOrEqual(1 + 1e-6);
      }),
    ));
});
