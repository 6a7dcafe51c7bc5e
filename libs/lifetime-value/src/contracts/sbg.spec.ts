import { integrate } from '../numerics/quadrature.js';
import { contractsOf, type Contracts } from './contracts.js';
import { sbg } from './sbg.js';

/** Of 1,000 new contracts so many were left after each renewal. */
function survived(survivors: readonly number[]): Contracts {
  const all = [1000, ...survivors];
  return {
    renewals: [...survivors.keys(), survivors.length],
    ended: [...survivors.map(() => 1), 0],
    weight: [...survivors.map((left, n) => all[n]! - left), survivors.at(-1)!],
  };
}

describe.each([
  [
    'High End',
    [869, 743, 653, 593, 551, 517, 491],
    { alpha: '0.668', beta: '3.806', logLikelihood: '-1611.2', later: [46.0, 43.6, 41.4, 39.5, 37.8] },
  ],
  [
    'Regular',
    [631, 468, 382, 326, 289, 262, 241],
    { alpha: '0.704', beta: '1.182', logLikelihood: '-1680.3', later: [22.0, 20.4, 19.1, 18.0, 17.0] },
  ],
])('sBG on the "%s" customers of Fader and Hardie (2007)', (_, survivors, printed) => {
  const fit = sbg.fit(survived(survivors));

  it('gives the published parameters', () => {
    expect(fit.parameters.alpha!.toFixed(3)).toBe(printed.alpha);
    expect(fit.parameters.beta!.toFixed(3)).toBe(printed.beta);
    expect(fit.logLikelihood.toFixed(1)).toBe(printed.logLikelihood);
    expect(fit).toMatchObject({ converged: true, problems: [], customers: 1000 });
  });

  it('projects years 8 to 12 as printed', () => {
    printed.later.forEach((percent, year) =>
      expect(Math.abs(100 * sbg.survival(fit, 8 + year) - percent)).toBeLessThan(0.06),
    );
  });

  it('retains those who stayed longer better', () => {
    const rates = [0, 1, 5, 50].map((renewals) => sbg.retentionRate(fit, renewals));
    expect([...rates].sort((a, b) => a - b)).toEqual(rates);
  });
});

it('agrees with numerical integration', () => {
  const fitted = { model: 'sbg', parameters: { alpha: 1.7, beta: 3.8 }, unitDays: 1 };
  const density = (θ: number, renewals: number) => θ ** 0.7 * (1 - θ) ** (2.8 + renewals);
  const over = (f: (θ: number) => number, renewals: number) =>
    integrate((θ) => f(θ) * density(θ, renewals), 0, 1, 120);
  expect(sbg.survival(fitted, 4)).toBeCloseTo(over((θ) => (1 - θ) ** 4, 0) / over(() => 1, 0), 6);
  // Renewals to come of one with three: (1-θ) now, and each later one discounted once more.
  const later = over((θ) => (1 - θ) / (1 - (1 - θ) / 1.1), 3) / over(() => 1, 3);
  expect(sbg.discountedRenewals(fitted, 3, { discountRate: 0.1 })).toBeCloseTo(later, 5);
  expect(sbg.discountedRenewals(fitted, 0, { discountRate: 0, periods: 2 })).toBeCloseTo(
    sbg.survival(fitted, 1) + sbg.survival(fitted, 2),
    12,
  );
});

it.each([
  ['nobody', { renewals: [], ended: [] }],
  ['one who stays', { renewals: [3], ended: [false] }],
  ['one who went', { renewals: [0], ended: [true] }],
  ['all stay', { renewals: new Array(500).fill(9), ended: new Array(500).fill(0) }],
  ['all go at once', { renewals: new Array(500).fill(0), ended: new Array(500).fill(1) }],
])('never throws: %s', (_, contracts) => {
  const fit = sbg.fit(contracts);
  expect(sbg.survival(fit, 12)).toBeGreaterThanOrEqual(0);
  expect(sbg.survival(fit, 12)).toBeLessThanOrEqual(1);
});

it('says what the data hardly determine: alike in who leaves, customers do not tell how they differ', () => {
  const alike = survived(Array.from({ length: 8 }, (_, year) => Math.round(1000 * 0.8 ** (year + 1))));
  expect(sbg.fit(alike).problems.join()).toContain('Hardly determined: alpha, beta');
});

it('refuses half a renewal, naming the row', () => {
  expect(() => sbg.fit({ renewals: [1, 0.5], ended: [0, 1] })).toThrow('Row 1');
});

describe('contracts as their payments tell them', () => {
  const of = (days: number[], until: number) =>
    contractsOf({ customer: days.map(() => 0), day: days }, { until, periodDays: 30 });

  it('are renewed by each payment about when it is due', () => {
    expect(of([100, 131, 159, 190], 200)).toEqual({ renewals: [3], ended: [0] });
  });
  it('have ended when the next did not come', () => {
    expect(of([100, 131], 174)).toEqual({ renewals: [1], ended: [0] });
    expect(of([100, 131], 176)).toEqual({ renewals: [1], ended: [1] });
  });
  it('are not taken up again by what is paid later', () => {
    expect(of([100, 131, 250, 280], 300)).toEqual({ renewals: [1], ended: [1] });
  });
  it('know nothing of refunds and of what comes after the end', () => {
    const payments = { customer: [0, 0, 0], day: [100, 130, 161], amount: [9, -9, 9] };
    expect(contractsOf(payments, { until: 150, periodDays: 30 })).toEqual({ renewals: [0], ended: [1] });
  });
});
