import { FactTable, facts, Key, Latest } from '@perennial/read-models';

/** What all scores are computed for: one row. */
@FactTable('scoring', { comment: 'The day that scores are as of, and the version of the models: one row.' })
export class Scoring {
  @Key('text', 'what is scored: customers') of!: string;
  @Latest('date', 'scores know orders up to the end of this day (UTC)') asOf?: string;
  @Latest('integer', 'version of the models in force') modelVersion?: number;
}

export const scorings = facts(Scoring, {
  'scores.refreshed': ({ data }) => ({
    of: 'customers',
    asOf: data.asOf,
    modelVersion: data.modelVersion,
  }),
});
