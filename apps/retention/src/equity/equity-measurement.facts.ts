import { EventKey, FactTable, facts, Value } from '@perennial/read-models';

/** One row a scoring of all customers: the course of customer equity, as it was known each time. */
@FactTable('equity_history', {
  comment: 'What all customers together were worth, one row a scoring of all of them, as it was known then.',
})
export class EquityMeasurement {
  @EventKey('the event that says so: equity.measured') eventId!: string;
  @Value('timestamptz', 'when it was measured') measuredAt!: string;
  @Value('date', 'day that the scores knew orders up to') asOf!: string;
  @Value('integer', 'version of the models; joins "models"') modelVersion!: number;
  @Value('text', 'currency of the amounts: ISO 4217 code') currency?: string | null;
  @Value('integer', 'customers who have ordered or subscribed') customers!: number;
  @Value('numeric', 'their lifetime values together, without customers to come') lifetimeValue!: string;
  @Value('integer', 'customers whose churn risk is high') customersAtHighRisk!: number;
  @Value('numeric', 'their lifetime values together') lifetimeValueAtHighRisk!: string;
  @Value('numeric', 'order days expected within the horizon') expectedOrders!: number;
}

export const equityMeasurements = facts(EquityMeasurement, {
  'equity.measured': ({ data, time }) => ({
    measuredAt: time,
    asOf: data.asOf,
    modelVersion: data.modelVersion,
    currency: data.currency ?? null,
    customers: data.customers,
    lifetimeValue: data.lifetimeValue,
    customersAtHighRisk: data.atHighRisk.customers,
    lifetimeValueAtHighRisk: data.atHighRisk.lifetimeValue,
    expectedOrders: data.expectedOrders,
  }),
});
