import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text, Uuid } from '../schemas.js';

/** What is personal of these subjects is unreadable from now on, whatever comes, and whenever. */
export const customerErased = eventType('customer.erased', {
  version: 1,
  decision: true,
  description:
    'What is personal of these subjects is to be unreadable for ever: their keys are destroyed, and read models forget it. What happened between us stays, without the person.',
  data: Fields({
    customerId: Uuid({ description: 'The customer that the subjects belonged to.' }),
    subjectIds: Type.Array(Uuid({ description: 'Id of a subject.' }), {
      minItems: 1,
      description: 'The subjects that are erased. Of a customer with very many each event names some.',
    }),
    reason: Type.Optional(Text({ description: 'Why, in a few words; nothing personal.' })),
  }),
  subject: 'customer:1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0',
  example: {
    customerId: '1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0',
    subjectIds: ['1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0'],
    reason: 'asked for by the customer',
  },
});
