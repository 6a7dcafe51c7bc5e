import fc from 'fast-check';
import { bass } from './bass.js';

/** Room air conditioners as Bass (1969) fitted them: p 0.0104, q 0.4186, m 16.9 million. */
const known = { model: 'bass', parameters: { p: 0.0104, q: 0.4186, m: 16_895 }, unitDays: 1 };
const seriesOf = (periods: number, noise: (t: number) => number = () => 0) =>
  Array.from({ length: periods }, (_, t) => bass.adoptions(known, t, t + 1) * (1 + noise(t)));

describe('the Bass model', () => {
  it('peaks where Bass says: after 8.6 years', () => {
    expect(bass.peak(known)).toBeCloseTo(8.6, 1);
    const rate = (t: number) => bass.adoptions(known, t - 1e-4, t + 1e-4);
    expect(rate(bass.peak(known))).toBeGreaterThan(rate(bass.peak(known) - 0.1));
    expect(rate(bass.peak(known))).toBeGreaterThan(rate(bass.peak(known) + 0.1));
  });

  it('is the solution of its differential equation', () => {
    const { p, q } = known.parameters;
    for (const t of [0.5, 3, 9, 20]) {
      const slope = (bass.share(known, t + 1e-5) - bass.share(known, t - 1e-5)) / 2e-5;
      const share = bass.share(known, t);
      expect(slope).toBeCloseTo((p + q * share) * (1 - share), 8);
    }
  });

  it.each([9, 14, 30])('is found again from %i periods', (periods) => {
    const fit = bass.fit(seriesOf(periods));
    expect(fit.converged).toBe(true);
    for (const [name, value] of Object.entries(known.parameters)) {
      expect(Math.abs(fit.parameters[name]! / value - 1)).toBeLessThan(1e-4);
    }
    expect(fit.explained).toBeCloseTo(1, 8);
  });

  it('gives standard errors that cover what noise does', () => {
    const fit = bass.fit(seriesOf(14, (t) => 0.08 * Math.sin(11 * t * t + 1)));
    expect(fit.problems).toEqual([]);
    for (const [name, value] of Object.entries(known.parameters)) {
      const error = fit.standardErrors![name]!;
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(fit.parameters[name]! - value)).toBeLessThan(3 * error);
    }
  });

  it('goes through its four stages in order, the rate bending most between them', () => {
    const stages = Array.from({ length: 24 }, (_, t) => bass.stage(known, t));
    expect([...new Set(stages)]).toEqual(['introduction', 'growth', 'maturity', 'decline']);
    expect(bass.stage(known, bass.peak(known) - 0.01)).toBe('growth');
    expect(bass.stage(known, bass.peak(known) + 0.01)).toBe('maturity');
  });

  it('declines from the first day where nobody imitates', () => {
    const fading = { ...known, parameters: { p: 0.3, q: 0.01, m: 100 } };
    expect(bass.peak(fading)).toBe(0);
    expect(bass.stage(fading, 1)).toBe('decline');
  });

  it('says that a peak ahead makes the market a guess', () => {
    expect(bass.fit(seriesOf(6)).problems.join()).toContain('peak lies ahead');
  });

  it('never throws and never answers what is no number', () => {
    const series = fc.array(
      fc.oneof(fc.nat(1000), fc.double({ min: -5, max: 1e9, noNaN: true }), fc.constant(NaN)),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(series, (adoptions) => {
        const fit = bass.fit(adoptions);
        for (const each of Object.values(fit.parameters)) expect(each).toBeGreaterThan(0);
        expect(JSON.parse(JSON.stringify(fit))).toEqual(fit);
        expect(Number.isFinite(bass.share(fit, 3))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
