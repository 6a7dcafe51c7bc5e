import { FactTable, facts, Latest, SubjectKey } from '@perennial/read-models';

/** What of a profile is not personal. */
@FactTable('residence', { comment: 'One row an identifier: country and language, as stated last.' })
export class Residence {
  @SubjectKey() subjectId!: string;
  @Latest('text', 'country of residence, in the words of the source') country?: string;
  @Latest('text', 'preferred language') language?: string;
}

export const residences = facts(Residence, {
  'profile.updated': ({ data: { country, language } }) =>
    country === undefined && language === undefined ? undefined : { country, language },
});
