import { FactTable, facts, Key, Latest, Max, SubjectKey } from '@perennial/read-models';

/** One row an identifier and purpose. */
@FactTable('consent', { comment: 'One row an identifier and purpose: whether consent to it is given.' })
export class Consent {
  @SubjectKey() subjectId!: string;
  @Key('text', 'what the consent is for, e.g. marketing') purpose!: string;
  @Latest('boolean', 'true: given; false: withdrawn') given?: boolean;
  @Latest('text', 'where it was given or withdrawn') source?: string;
  @Max('timestamptz', 'when it was given or withdrawn last') changedAt?: string;
}

export const consents = facts(Consent, {
  'consent.changed': ({ data, time }) =>
    Object.entries(data.purposes).map(([purpose, given]) => ({
      purpose,
      given,
      source: data.source ?? null,
      changedAt: time,
    })),
});
