import { isCustomerNamespace, type EventData } from '@perennial/events';
import { Computed, FactTable, Latest, Min, SubjectKey } from '../facts/fact-table.js';
import { facts } from '../facts/facts.js';

/**
 * One row an identifier under which a customer is known to the service, and the customer that it belongs to now.
 * Every service keeps its own, from the decisions of identification; rows of other tables never move,
 * they are found through this one.
 */
@FactTable('subject', {
  comment:
    'One row an identifier (subject) under which a customer is known, with the customer that it belongs to.',
  indexes: [['customerId']],
})
export class Subject {
  @SubjectKey('keyed hash of the identifier') subjectId!: string;
  @Min('text', 'what kind of identifier it is: user, anonymous, email …') namespace?: string;
  @Min('timestamptz', 'time of its first event of those that are of use to this service')
  firstSeenAt?: string;
  @Latest('uuid', 'the customer that identification assigned it to; empty while it stands alone')
  assignedId?: string;
  @Computed('uuid', 'coalesce(assigned_id, subject_id)', 'the customer that it belongs to')
  customerId!: string;
}

/** A link makes the identifier that it names known, even if no event of that identifier's own ever comes. */
const mentioned = ({ data, time }: { data: Pick<EventData<'identity.linked'>, 'other'>; time: string }) => {
  const [namespace, subjectId] = data.other.split(':') as [string, string];
  return isCustomerNamespace(namespace) ? { subjectId, namespace, firstSeenAt: time } : undefined;
};

export const subjects = facts(
  Subject,
  {
    'identity.linked': mentioned,
    'identity.unlinked': mentioned,
    'customers.merged': ({ data }) =>
      data.subjectIds.map((subjectId) => ({ subjectId, assignedId: data.customerId })),
    'customers.split': ({ data }) =>
      data.subjectIds.map((subjectId) => ({ subjectId, assignedId: data.customerId })),
  },
  {
    alongside: ({ namespace, time }) =>
      isCustomerNamespace(namespace) ? { namespace, firstSeenAt: time } : undefined,
  },
);
