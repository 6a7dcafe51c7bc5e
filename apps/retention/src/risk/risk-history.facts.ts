import { EventKey, FactTable, facts, Value } from '@perennial/read-models';

/** One row a change of a customer's band of churn risk, as it was announced. */
@FactTable('risk_history', {
  comment: 'One row a change of a customer’s band of churn risk, as it was announced, with the reasons.',
  indexes: [['customerId', 'announcedAt']],
})
export class RiskHistory {
  @EventKey('the event that announced it: risk.changed') eventId!: string;
  @Value('uuid', 'the customer; of two that are one since, the one that it was then') customerId!: string;
  @Value('timestamptz', 'when it was announced') announcedAt!: string;
  @Value('date', 'day that the score knew orders up to') asOf!: string;
  @Value('text', 'band before: low, elevated or high') fromBand!: string;
  @Value('text', 'band from then on') toBand!: string;
  @Value('numeric', 'churn risk, then') risk!: number;
  @Value('numeric', 'value that was at stake: the lifetime value') atStake!: string;
  @Value('text', 'its currency: ISO 4217 code') currency?: string | null;
  @Value(
    'text[]',
    'why: silent-too-long, silent, ordered-again, orders-changed, subscribed, renewed, notice-given, subscription-ended, renewal-ahead, model-changed',
  )
  reasons!: string[];
  @Value('integer', 'version of the models') modelVersion!: number;
}

export const riskHistory = facts(RiskHistory, {
  'risk.changed': ({ data, time }) => ({
    customerId: data.customerId,
    announcedAt: time,
    asOf: data.asOf,
    fromBand: data.from,
    toBand: data.to,
    risk: data.risk,
    atStake: data.atStake,
    currency: data.currency ?? null,
    reasons: data.reasons,
    modelVersion: data.modelVersion,
  }),
});
