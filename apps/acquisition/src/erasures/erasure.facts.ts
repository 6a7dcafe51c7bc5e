import { FactTable, facts, Latest, Min, SubjectKey } from '@perennial/read-models';

@FactTable('erasure', {
  comment:
    'One row an identifier whose personal data are erased, for ever. What happened stays, without the person.',
})
export class Erasure {
  @SubjectKey('identifier that was erased; joins "subject"') subjectId!: string;
  @Min('timestamptz', 'when that was decided') decidedAt?: string;
  @Latest('uuid', 'the customer that it belonged to then') customerId?: string;
}

export const erasures = facts(Erasure, {
  'customer.erased': ({ data: { customerId, subjectIds }, time }) =>
    subjectIds.map((subjectId) => ({ subjectId, decidedAt: time, customerId })),
});
