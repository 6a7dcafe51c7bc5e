import fc from 'fast-check';
import { adoptedBy, peakOf, stageAt, turningPointsOf } from './bass.js';

/** The average of 213 published curves, time in years: Sultan, Farley & Lehmann 1990. */
const average = { p: 0.03, q: 0.38, m: 1000 };

const curves = fc.record({
  p: fc.double({ min: 0.001, max: 0.05, noNaN: true }),
  q: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  m: fc.constant(1000),
});

describe('An adoption curve', () => {
  it('peaks where its formula says', () => expect(peakOf(average)).toBeCloseTo(6.19, 2));

  it('begins with nobody and ends with everybody', () => {
    expect(adoptedBy(average, 0)).toBe(0);
    expect(adoptedBy(average, 100)).toBeCloseTo(1, 9);
  });

  it('is steepest at its peak, and bends where the stages part', () =>
    fc.assert(
      fc.property(curves, (curve) => {
        const step = 0.01 / (curve.p + curve.q);
        const rate = (time: number) => adoptedBy(curve, time + step) - adoptedBy(curve, time - step);
        const bend = (time: number) => rate(time + step) - 2 * rate(time) + rate(time - step);
        const { rise, fall } = turningPointsOf(curve);
        const peak = peakOf(curve);
        expect(rate(peak)).toBeGreaterThan(rate(peak - 10 * step));
        expect(rate(peak)).toBeGreaterThan(rate(peak + 10 * step));
        for (const time of [rise, fall]) {
          const [before, after] = [bend(time - 5 * step), bend(time + 5 * step)];
          expect(Math.sign(before)).not.toBe(Math.sign(after));
        }
      }),
    ));

  it('goes through its stages one after the other', () => {
    const { rise, fall } = turningPointsOf(average);
    expect([0, rise + 0.1, peakOf(average) + 0.1, fall + 0.1].map((time) => stageAt(average, time))).toEqual([
      'introduction',
      'growth',
      'maturity',
      'decline',
    ]);
  });

  it('only falls where nobody imitates', () => {
    expect(stageAt({ p: 0.1, q: 0.01, m: 100 }, 0)).toBe('decline');
  });
});
