import { EventKey, FactTable, facts, Value } from '@perennial/read-models';

/** By how much a threshold must be crossed, unless it was set. */
export const HYSTERESIS = { value: 0.1, loyalty: 0.05 };

@FactTable('group_thresholds', {
  comment: 'One row a setting of the thresholds of the relationship groups; the latest one holds.',
})
export class GroupThresholds {
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when it was set') setAt!: string;
  @Value('numeric', 'value in a year of the relationship from which on a customer is profitable')
  valuePerYear!: string;
  @Value('text', 'currency of the value: ISO 4217 code') currency!: string;
  @Value('numeric', 'probability of an order within the horizon from which on a customer is loyal')
  loyalty!: string;
  @Value('numeric', 'part of the value by which the threshold must be crossed before a group is left')
  valueHysteresis!: string;
  @Value('numeric', 'by how much the probability must lie on the other side before a group is left')
  loyaltyHysteresis!: string;
  @Value('text', 'why it was set so') reason?: string | null;
}

export const groupThresholds = facts(GroupThresholds, {
  'group.thresholds.set': ({ data, time }) => ({
    setAt: time,
    valuePerYear: data.valuePerYear.amount,
    currency: data.valuePerYear.currency,
    loyalty: data.loyalty.toFixed(4),
    valueHysteresis: (data.hysteresis ?? HYSTERESIS).value.toFixed(4),
    loyaltyHysteresis: (data.hysteresis ?? HYSTERESIS).loyalty.toFixed(4),
    reason: data.reason ?? null,
  }),
});
