import type { Fit } from '@perennial/lifetime-value';
import type { FittedModels } from './models.decider.js';

/** A fit as the event says it. */
export function described(fit: Fit): NonNullable<FittedModels['orders']> {
  const { model, parameters, unitDays, standardErrors, covariance, logLikelihood, converged, problems } = fit;
  return {
    model,
    parameters,
    unitDays,
    ...(standardErrors && { standardErrors }),
    ...(covariance && { covariance }),
    logLikelihood,
    converged,
    problems,
  };
}
