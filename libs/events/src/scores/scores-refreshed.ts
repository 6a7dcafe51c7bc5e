import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields } from '../schemas.js';

/** From here on all scores are as of this day, by this version of the model. */
export const scoresRefreshed = eventType('scores.refreshed', {
  version: 1,
  decision: true,
  description:
    'All scores are as of this day from here on, computed by this version of the model. Customers grow older by it once a day, though nothing happened.',
  data: Fields({
    asOf: Type.String({ format: 'date', description: 'Scores know orders up to the end of this day (UTC).' }),
    modelVersion: Type.Integer({ minimum: 1, description: 'Version of the model in force.' }),
  }),
  subject: 'model:orders',
  example: { asOf: '2026-03-09', modelVersion: 3 },
});
