import { calibrationError, type Accuracy, type Ranking, type Tenth } from '@perennial/lifetime-value';
import type { FittedModels } from './models.decider.js';

type HoldoutResult = NonNullable<FittedModels['holdout']>['results'][number];

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

/** What a model said of the chances of each, where it said any. */
export interface Chances {
  brierScore: number;
  /** Chances and what happened, by tenths of the customers or subscriptions. */
  tenths: readonly Tenth[];
}

/** Tenths as the event says them. */
export const tenthsOf = (tenths: readonly Tenth[]): NonNullable<HoldoutResult['calibration']> =>
  tenths.map(({ customers, predicted, actual }) => ({ count: customers, expected: predicted, actual }));

/** What came out of a comparison with what had not been seen, as the event says it. */
export function resultOf(
  name: string,
  found: Ranking & Partial<Accuracy>,
  { naive, chances }: { naive: boolean; chances?: Chances },
): HoldoutResult {
  return {
    name,
    naive,
    ...(found.predicted !== undefined && {
      predicted: found.predicted,
      aggregateError: found.errorPercent! / 100,
      meanAbsoluteError: found.meanAbsoluteError!,
      rootMeanSquareError: found.rootMeanSquaredError!,
      deviance: found.deviance!,
    }),
    ...(chances && {
      brierScore: chances.brierScore,
      calibrationError: calibrationError(chances.tenths),
      calibration: tenthsOf(chances.tenths),
    }),
    auc: found.auc,
    spearman: finite(found.spearman),
    topDecileLift: found.topTenthShare * 10,
  };
}
