import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text } from '../schemas.js';

/** A fit did not succeed; the version before stays in force. */
export const modelFitFailed = eventType('model.fit.failed', {
  version: 1,
  decision: true,
  description: 'A fit did not succeed. Scores are computed by the version before, as long as there is one.',
  data: Fields({
    asOf: Type.String({ format: 'date', description: 'Data cut of the fit.' }),
    keptVersion: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Version that stays in force; absent: there is none yet.' }),
    ),
    problem: Text({ maxLength: 1000, description: 'What went wrong.' }),
    currency: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{3}$',
        description: 'Currency that values were to be told in, ISO 4217.',
      }),
    ),
    exchangeRates: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'How many exchange rates were known: with others it is worth another try.',
      }),
    ),
  }),
  subject: 'model:orders',
  example: { asOf: '2026-03-08', keptVersion: 3, problem: 'No customer has an order.' },
});
