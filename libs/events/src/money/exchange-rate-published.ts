import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { CurrencyCode, Day, Fields, Text } from '../schemas.js';

/** What one currency is worth in another from a day on; publishers such as central banks state it day by day. */
export const exchangeRatePublished = eventType('exchange.rate.published', {
  version: 1,
  description:
    'What one unit of a currency is worth in another, from a day on. It holds until the day of the next rate of the two; a later statement for the same day corrects it.',
  data: Fields({
    base: CurrencyCode({ description: 'Currency of which one unit is priced, ISO 4217, e.g. "USD".' }),
    quote: CurrencyCode({ description: 'Currency in which it is priced, ISO 4217, e.g. "EUR".' }),
    rate: Type.String({
      pattern: '^(?=.*[1-9])\\d{1,12}(\\.\\d{1,12})?$',
      description: 'Units of `quote` for one unit of `base`: a decimal above zero, as a string.',
    }),
    day: Day({ description: 'First day (UTC) on which it holds.' }),
    provider: Type.Optional(Text({ description: 'Who published it, e.g. ECB.' })),
  }),
  subject: 'currency:USD',
  example: { base: 'USD', quote: 'EUR', rate: '0.9211', day: '2026-03-02', provider: 'ECB' },
});
