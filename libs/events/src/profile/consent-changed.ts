import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text } from '../schemas.js';

/** A customer gave or withdrew consent. Purposes that are not named stay as they were. */
export const consentChanged = eventType('consent.changed', {
  version: 1,
  description: 'A customer gave or withdrew consent. Purposes that are not named stay as they were.',
  data: Fields({
    purposes: Type.Record(
      Type.String({ pattern: '^.{1,100}$' }),
      Type.Boolean({ description: 'True: given. False: withdrawn.' }),
      {
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 200,
        description: 'Consent by purpose.',
      },
    ),
    source: Type.Optional(Text({ description: 'Where it was given, e.g. cookie-banner.' })),
  }),
  example: { purposes: { marketing: true, personalisation: false }, source: 'cookie-banner' },
});
