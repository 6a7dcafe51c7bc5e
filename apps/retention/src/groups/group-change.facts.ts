import { EventKey, FactTable, facts, SubjectKey, Value } from '@perennial/read-models';

/** Where a group begins to be left is told by the latest change; where somebody was on a day by all of them. */
@FactTable('group_change', {
  comment:
    'One row a change of group. Customers whose group never changed since they were first grouped have none.',
})
export class GroupChange {
  @SubjectKey('the customer, as it was called then; joins "subject"') subjectId!: string;
  @EventKey('the decision') eventId!: string;
  @Value('timestamptz', 'when it was decided') decidedAt!: string;
  @Value('text', 'the group before') from!: string;
  @Value('text', 'the group from then on') to!: string;
  @Value('date', 'day that the scores knew orders up to') asOf!: string;
  @Value('numeric', 'value in a year of the relationship') valuePerYear!: string;
  @Value('numeric', 'probability of an order within the horizon') loyalty!: string;
  @Value('numeric', 'value expected within the horizon') expectedValue!: string;
  @Value('text[]', 'why') reasons!: readonly string[];
}

export const groupChanges = facts(GroupChange, {
  'group.changed': ({ data, time }) => ({
    subjectId: data.customerId,
    decidedAt: time,
    from: data.from,
    to: data.to,
    asOf: data.asOf,
    valuePerYear: data.valuePerYear,
    loyalty: data.loyalty.toFixed(4),
    expectedValue: data.expectedValue,
    reasons: data.reasons,
  }),
});
