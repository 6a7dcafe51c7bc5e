import { EventKey, FactTable, facts, Value } from '@perennial/read-models';

@FactTable('reporting_currency_setting', {
  comment: 'One row a setting of the reporting currency; the latest one holds.',
})
export class ReportingCurrencySetting {
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when it was set') setAt!: string;
  @Value('text', 'the currency: ISO 4217 code') currency!: string;
}

export const reportingCurrencySettings = facts(ReportingCurrencySetting, {
  'reporting.currency.set': ({ data, time }) => ({ setAt: time, currency: data.currency }),
});
