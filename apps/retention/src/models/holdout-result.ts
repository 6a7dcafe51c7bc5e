import type { Accuracy, Ranking } from '@perennial/lifetime-value';
import type { FittedModels } from './models.decider.js';

type HoldoutResult = NonNullable<FittedModels['holdout']>['results'][number];

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

/** What came out of a comparison with what had not been seen, as the event says it. */
export function resultOf(
  name: string,
  found: Ranking & Partial<Accuracy> & { brierScore?: number },
  { naive }: { naive: boolean },
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
    ...(found.brierScore !== undefined && { brierScore: found.brierScore }),
    auc: found.auc,
    spearman: finite(found.spearman),
    topDecileLift: found.topTenthShare * 10,
  };
}
