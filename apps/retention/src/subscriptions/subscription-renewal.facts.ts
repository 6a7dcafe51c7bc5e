import { FactTable, facts, Key, Latest, SubjectKey } from '@perennial/read-models';

@FactTable('subscription_renewal', {
  comment: 'One row a renewal of a subscription, as reported under one identifier of its customer.',
})
export class SubscriptionRenewal {
  @SubjectKey('identifier that it was reported under; joins "subject"') subjectId!: string;
  @Key('text', 'subscription number') subscriptionId!: string;
  @Key('date', 'first day of the period that it was renewed for') periodFrom!: string;
  @Latest('numeric', 'what was paid for it; empty: the price of the terms') paid?: string | null;
  @Latest('text', 'currency of what was paid: ISO 4217 code') currency?: string | null;
}

export const subscriptionRenewals = facts(SubscriptionRenewal, {
  'subscription.renewed': ({ data: { subscriptionId, periodFrom, paid } }) => ({
    subscriptionId,
    periodFrom,
    paid: paid?.amount ?? null,
    currency: paid?.currency ?? null,
  }),
});
