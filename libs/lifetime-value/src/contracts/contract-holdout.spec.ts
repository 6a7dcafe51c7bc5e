import type { OrderLog } from '../histories/order-log.js';
import { evaluateContracts } from './contract-holdout.js';
import { contractsOf } from './contracts.js';
import { sbg } from './sbg.js';

const PERIOD = 10;

/** Of each customer so many payments, one a period, from a day on. */
function payments(customers: { payments: number; from?: number }[]): OrderLog {
  const rows = customers.flatMap(({ payments: count, from = 0 }, customer) =>
    Array.from({ length: count }, (_, n) => ({ customer, day: from + n * PERIOD })),
  );
  return { customer: rows.map(({ customer }) => customer), day: rows.map(({ day }) => day) };
}

/** Of 1,000 so many are left after each year. */
function survivors(left: readonly number[]): OrderLog {
  const all = [1000, ...left];
  return payments(
    Array.from({ length: 1000 }, (_, customer) => ({
      payments: all.filter((each) => each > customer).length,
    })),
  );
}

/** The day by which a renewal of those who came first on day 0 is past doubt. */
const decided = (renewals: number) => (renewals + 0.5) * PERIOD + 1;

/** Known for seven years, foretold for five: Fader and Hardie 2007, from Berry and Linoff 2004. */
describe.each([
  ['High End', [869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394], [46.0, 43.6, 41.4, 39.5, 37.8]],
  ['Regular', [631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173], [22.0, 20.4, 19.1, 18.0, 17.0]],
])('five years of the "%s" customers', (_, left, printed) => {
  const log = survivors(left);
  const span = { until: decided(7), holdoutUntil: decided(12), periodDays: PERIOD };
  const fit = sbg.fit(contractsOf(log, span));
  const report = evaluateContracts(fit, log, span)!;
  const later = left.slice(7);

  it('are counted', () => {
    expect(report).toMatchObject({
      contracts: left[6],
      due: 5 * left[6]!,
      renewals: later.reduce((sum, each) => sum + each, 0),
      kept: left[11],
    });
  });

  it('are what sBG projected in print, of those who were left in fact', () => {
    const perShare = left[6]! / sbg.survival(fit, 7) / 100;
    const projected = printed.map((percent) => percent * perShare);
    const total = projected.reduce((sum, each) => sum + each, 0);
    expect(Math.abs(report.model.predicted - total)).toBeLessThan(5 * 0.6);
    expect(Math.abs(report.model.keptPredicted - projected.at(-1)!)).toBeLessThan(0.6);
  });

  it('are foretold better by sBG than by rates that stay as they are', () => {
    const [last, alike, stay] = report.baselines;
    expect(report.baselines.map(({ name }) => name)).toEqual([
      "last period's rate",
      'everybody alike',
      'everybody stays',
    ]);
    expect(last!.keptPredicted).toBeCloseTo(left[6]! * (left[6]! / left[5]!) ** 5, 8);
    const came = left.slice(0, 7).reduce((sum, each) => sum + each, 0);
    expect(alike!.keptPredicted).toBeCloseTo(left[6]! * (came / (came + 1000 - left[6]!)) ** 5, 8);
    expect(stay!.predicted).toBe(5 * left[6]!);
    for (const { keptErrorPercent, brierScore } of [alike!, stay!]) {
      expect(Math.abs(keptErrorPercent)).toBeGreaterThan(Math.abs(report.model.keptErrorPercent));
      expect(brierScore).toBeGreaterThan(report.model.brierScore);
    }
    for (const measure of ['errorPercent', 'rootMeanSquaredError', 'brierScore'] as const) {
      expect(report.beatenBy[measure] ?? []).not.toContain('everybody stays');
      expect(report.beatenBy[measure] ?? []).not.toContain('everybody alike');
    }
  });
});

it('names rules that did better: who all stay are foretold best by one that says so', () => {
  const log = payments(Array.from({ length: 60 }, (_, row) => ({ payments: row < 30 ? 2 : 12 })));
  const span = { until: decided(4), holdoutUntil: decided(9), periodDays: PERIOD };
  const { model, beatenBy, kept } = evaluateContracts(sbg.fit(contractsOf(log, span)), log, span)!;
  expect(kept).toBe(30);
  expect(model.keptPredicted).toBeLessThan(30);
  expect(beatenBy.brierScore).toContain('everybody stays');
});

it('looks at no contract that had ended, nor at one that began later or has nothing due', () => {
  const log = payments([
    { payments: 1 },
    { payments: 9, from: 60 },
    { payments: 3, from: 40 },
    { payments: 8, from: 5 },
  ]);
  const span = { until: 52, holdoutUntil: 63, periodDays: PERIOD };
  const fit = sbg.fit(contractsOf(log, span));
  const report = evaluateContracts(fit, log, span)!;
  // The third has paid on day 50 for what is past doubt on day 55, the fourth on day 45 and 55.
  expect(report).toMatchObject({ contracts: 1, due: 1, renewals: 1, kept: 1 });
  expect(evaluateContracts(fit, log, { ...span, holdoutUntil: 53 })).toBeNull();
});
