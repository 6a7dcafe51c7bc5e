import type { Fit } from '../fits/fit.js';
import { columnsOf, sharedRows, type Histories } from '../histories/histories.js';
import type { Spend, Summary } from '../histories/order-log.js';
import { inSequence, sequenceOf, type Column } from '../numerics/sequence.js';
import { orderModelOf } from '../orders/order-models.js';
import type { SpendFit } from '../spend/gamma-gamma.js';
import { lifetimeValues } from '../value/lifetime-value.js';
import { accuracy, type Accuracy } from './accuracy.js';
import { beatenBy, type BeatenBy, type Measure } from './beaten-by.js';
import type { FitOfHistories } from './holdout.js';

export interface SpendRow extends Accuracy {
  name: string;
  kind: 'model' | 'baseline';
}

/** What customers paid in the holdout, by models and by what anybody could say without them. Plain JSON. */
export interface SpendReport {
  actual: number;
  /** Orders of each model × what Gamma-Gamma says that one is worth. */
  models: SpendRow[];
  /** Rules of thumb; and the orders of the chosen model at worths that need no model. */
  baselines: SpendRow[];
  /** By measure, baselines that did better than the chosen model; measures where none did are left out. */
  beatenBy: BeatenBy;
}

/** What customers did and paid, and paid later: a part of `Summary`. */
interface Customers {
  histories: Histories;
  spend: Spend;
  holdout: Pick<Summary['holdout'], 'amount' | 'days'>;
}

/** Compares fits with what was paid afterwards; `chosen` is the name of one of them. */
export function evaluateSpend(
  fits: readonly FitOfHistories[],
  spend: SpendFit,
  { histories, spend: { orders, mean }, holdout: { amount, days } }: Customers,
  chosen: string | null,
): SpendReport {
  const sequence = sequenceOf([
    ...new Set([histories, ...fits.map((each) => each.histories)].flatMap(columnsOf)),
    orders,
    mean,
    amount,
  ]);
  const again = sharedRows(sequence);
  const inThis = <Of extends Column>(column: Of) => inSequence(column, sequence);
  const customers = {
    histories: again(histories),
    spend: { orders: inThis(orders), mean: inThis(mean) },
    holdout: { amount: inThis(amount), days },
  };
  return evaluateRows(
    fits.map((each) => ({ fit: each.fit, histories: again(each.histories) })),
    spend,
    customers,
    chosen,
  );
}

function evaluateRows(
  fits: readonly FitOfHistories[],
  spend: SpendFit,
  summary: Customers,
  chosen: string | null,
): SpendReport {
  const { amount: actual, days } = summary.holdout;
  const rowOf = (name: string, kind: SpendRow['kind'], predicted: Float64Array): SpendRow => ({
    name,
    kind,
    ...accuracy(predicted, actual),
  });
  const models = fits.map(({ fit, histories }) => {
    const { value } = lifetimeValues(
      { orders: fit, spend },
      { histories, spend: summary.spend },
      { annualDiscountRate: 0, horizonDays: days },
    );
    return rowOf(fit.model, 'model', value);
  });
  const best = fits.find(({ fit }) => fit.model === chosen);
  const baselines = [
    ...Object.entries(rules(summary, days)),
    ...(best ? Object.entries(worths(best, spend, summary)) : []),
  ].map(([name, predicted]) => rowOf(name, 'baseline', predicted));
  const row = models.find(({ name }) => name === chosen);
  return {
    actual: actual.reduce((sum, each) => sum + each, 0),
    models,
    baselines,
    beatenBy: row ? beatenBy(row, baselines, MEASURES) : {},
  };
}

/** The deviance is one of counts, and who is active at all is told by the orders. */
const MEASURES: readonly Measure[] = [
  'errorPercent',
  'meanAbsoluteError',
  'rootMeanSquaredError',
  'spearman',
  'topTenthShare',
];

/** What was paid since the first order, carried on. */
function rules({ histories, spend }: Customers, days: number): Record<string, Float64Array> {
  const { age, periodDays } = histories;
  const paid = spend.mean.map((mean, row) => mean * spend.orders[row]!);
  const total = paid.reduce((sum, each) => sum + each, 0);
  const time = age.reduce((sum, each) => sum + each * periodDays, 0);
  return {
    'own spend × time': paid.map((each, row) => (age[row] ? (each * days) / (age[row] * periodDays) : 0)),
    'same spend again': paid,
    'everybody alike': paid.map(() => (time > 0 ? (total * days) / time : 0)),
  };
}

/** The orders of a model at the worth of everybody's mean order, and of one's own where there is one. */
function worths(
  { fit, histories }: { fit: Fit; histories: FitOfHistories['histories'] },
  { meanSpend }: SpendFit,
  { spend, holdout }: Customers,
): Record<string, Float64Array> {
  const orders = orderModelOf(fit.model).expectedOrders(fit, histories, holdout.days);
  return {
    [`${fit.model} × everybody's mean`]: orders.map((each) => each * meanSpend),
    [`${fit.model} × own mean`]: orders.map(
      (each, row) => each * (spend.orders[row]! > 0 ? spend.mean[row]! : meanSpend),
    ),
  };
}
