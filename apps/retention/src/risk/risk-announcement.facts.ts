import { FactTable, facts, Latest, SubjectKey } from '@perennial/read-models';

/** What we have last said of each customer's risk: where its band begins to be left. */
@FactTable('risk_announcement', {
  comment:
    'The band of churn risk that was announced last for a customer; customers whose band never changed have no row.',
})
export class RiskAnnouncement {
  @SubjectKey('the customer') subjectId!: string;
  @Latest('text', 'low, elevated or high') band?: string;
  @Latest('timestamptz', 'when it was announced') announcedAt?: string;
}

export const riskAnnouncements = facts(RiskAnnouncement, {
  'risk.changed': ({ data, time }) => ({ subjectId: data.customerId, band: data.to, announcedAt: time }),
});
