import { eventType } from '../event-type.js';
import { CurrencyCode, Fields } from '../schemas.js';

/** In which currency customers' values are reported; the latest setting holds, for all of history. */
export const reportingCurrencySet = eventType('reporting.currency.set', {
  version: 1,
  description:
    'The currency in which values of customers are reported. The latest setting holds, for all of history; amounts are converted by the exchange rates of their own days.',
  data: Fields({ currency: CurrencyCode({ description: 'ISO 4217 code, e.g. "EUR".' }) }),
  subject: 'setting:reporting-currency',
  example: { currency: 'EUR' },
});
