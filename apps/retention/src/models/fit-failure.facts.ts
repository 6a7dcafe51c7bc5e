import { EventKey, FactTable, facts, Value } from '@perennial/read-models';

/** One row a fit that did not succeed. */
@FactTable('fit_failure', {
  comment: 'One row a fit that did not succeed; the version before stayed in force.',
})
export class FitFailure {
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when') failedAt!: string;
  @Value('date', 'data cut of the fit') asOf!: string;
  @Value('integer', 'version that stayed in force; empty: there was none') keptVersion?: number | null;
  @Value('text', 'what went wrong') problem!: string;
}

export const fitFailures = facts(FitFailure, {
  'model.fit.failed': ({ data, time }) => ({
    failedAt: time,
    asOf: data.asOf,
    keptVersion: data.keptVersion,
    problem: data.problem,
  }),
});
