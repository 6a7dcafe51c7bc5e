import type { Fit } from '../fits/fit.js';
import type { OrderLog } from '../histories/order-log.js';
import { accuracy, aucOf, type Accuracy } from '../holdout/accuracy.js';
import { beatenBy, type BeatenBy } from '../holdout/beaten-by.js';
import { contractsOf, paymentDaysOf, storyOf, type ContractStory } from './contracts.js';
import { sbg } from './sbg.js';

/** Of renewals that were due in the holdout, and of contracts that were renewed each time. Plain JSON. */
export interface ContractRow extends Accuracy {
  name: string;
  kind: 'model' | 'baseline';
  /** Contracts that were expected to run on to the last renewal that was due. */
  keptPredicted: number;
  keptErrorPercent: number;
  /** Mean squared difference between the probability to run on and whether it did. */
  brierScore: number;
}

/** The model beside what anybody could say without one. Plain JSON. */
export interface ContractHoldoutReport {
  /** Contracts that ran at the beginning and had a renewal due. */
  contracts: number;
  /** Renewals that came of `due` ones, had none of the contracts ended. */
  renewals: number;
  due: number;
  /** Contracts that were renewed each time. */
  kept: number;
  model: ContractRow;
  baselines: ContractRow[];
  /** By measure, baselines that did better than the model; measures where none did are left out. */
  beatenBy: BeatenBy;
}

export interface ContractHoldout {
  /** Last day that the fit knows. */
  until: number;
  holdoutUntil: number;
  periodDays: number;
}

/**
 * Compares a fit of sBG with the renewals that were past doubt by `holdoutUntil`, of contracts that ran on `until`.
 * Null where none was due.
 */
export function evaluateContracts(
  fit: Fit,
  payments: OrderLog,
  { until, holdoutUntil, periodDays }: ContractHoldout,
): ContractHoldoutReport | null {
  const later = paymentDaysOf(payments, holdoutUntil);
  const stories = [...paymentDaysOf(payments, until)].map(([customer, days]) => ({
    known: storyOf(days, until, periodDays),
    then: storyOf(later.get(customer)!, holdoutUntil, periodDays),
  }));
  // In a sequence of their own, so that sums are the same whoever comes first.
  const running = stories
    .filter(({ known, then }) => !known.ended && then.decided > known.renewals)
    .sort(
      (one, other) =>
        one.known.renewals - other.known.renewals ||
        one.then.decided - other.then.decided ||
        one.then.renewals - other.then.renewals,
    );
  if (running.length === 0) return null;
  const due = running.map(({ known, then }) => then.decided - known.renewals);
  const actual = Float64Array.from(
    running,
    ({ known, then }) => Math.min(then.renewals, then.decided) - known.renewals,
  );
  const kept = actual.map((renewals, row) => Number(renewals === due[row]));
  const rowOf = (name: string, kind: ContractRow['kind'], rates: Rates): ContractRow => {
    const futures = running.map(({ known }, row) => future(rates, known.renewals, due[row]!));
    const keeps = Float64Array.from(futures, (each) => each.kept);
    const renewals = Float64Array.from(futures, (each) => each.renewals);
    const [keptPredicted, keptActual] = [sum(keeps), sum(kept)];
    return {
      name,
      kind,
      ...accuracy(renewals, actual),
      auc: aucOf(keeps, kept),
      keptPredicted,
      keptErrorPercent: keptActual > 0 ? (100 * (keptPredicted - keptActual)) / keptActual : 0,
      brierScore: sum(keeps.map((each, row) => (each - kept[row]!) ** 2)) / keeps.length,
    };
  };
  const model = rowOf(sbg.name, 'model', (renewals) => sbg.retentionRate(fit, renewals));
  const known = stories.map((story) => story.known);
  const rates = {
    "last period's rate": lastRate(known),
    'everybody alike': overallRate(contractsOf(payments, { until, periodDays })),
    'everybody stays': 1,
  };
  const baselines = Object.entries(rates).map(([name, rate]) => rowOf(name, 'baseline', () => rate));
  return {
    contracts: running.length,
    renewals: sum(actual),
    due: sum(due),
    kept: sum(kept),
    model,
    baselines,
    beatenBy: beatenBy(model, baselines),
  };
}

/** The probability that a contract with so many renewals is renewed once more. */
type Rates = (renewals: number) => number;

function future(rates: Rates, renewals: number, due: number): { renewals: number; kept: number } {
  let [expected, kept] = [0, 1];
  for (let n = 0; n < due; n++) expected += kept *= rates(renewals + n);
  return { renewals: expected, kept };
}

/** The share of the latest renewals that were due, of each contract one, which came. */
function lastRate(stories: readonly ContractStory[]): number {
  const due = stories.filter(({ renewals, decided }) => decided > 0 && renewals >= decided - 1);
  return due.length ? due.filter(({ renewals, decided }) => renewals >= decided).length / due.length : 1;
}

/** The share of all renewals that were due which came: retention that is the same for all, at all times. */
function overallRate({ renewals, ended }: ReturnType<typeof contractsOf>): number {
  const [came, failed] = [sum(renewals), sum(Array.from(ended, Number))];
  return came + failed > 0 ? came / (came + failed) : 1;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let row = 0; row < values.length; row++) total += values[row]!;
  return total;
}
