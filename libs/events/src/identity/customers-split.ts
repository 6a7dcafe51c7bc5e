import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { EventId, Fields, Uuid } from '../schemas.js';

/** Identification no longer holds these subjects to be the same customer as the others. */
export const customersSplit = eventType('customers.split', {
  version: 1,
  decision: true,
  description: 'Identification no longer holds these subjects to be the same customer as the others.',
  data: Fields({
    customerId: Uuid({ description: 'The customer that the subjects belong to from now on.' }),
    fromCustomerId: Uuid({ description: 'The customer that they belonged to.' }),
    subjectIds: Type.Array(Uuid({ description: 'Id of a subject.' }), {
      minItems: 1,
      description: 'Subjects that change the customer.',
    }),
    because: Type.Array(EventId({ description: 'Id of an event.' }), {
      description: 'The events that led to it.',
    }),
  }),
  subject: 'customer:1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0',
  example: {
    customerId: '1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0',
    fromCustomerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
    subjectIds: ['1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0'],
    because: ['16fd2706-8baf-433b-82eb-8c7fada847da'],
  },
});
