import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { EventId, Fields, Uuid } from '../schemas.js';

/** Identification holds these subjects to be one customer. */
export const customersMerged = eventType('customers.merged', {
  version: 1,
  decision: true,
  description: 'Identification holds these subjects to be one customer. A split takes it back without loss.',
  data: Fields({
    customerId: Uuid({ description: 'The customer.' }),
    subjectIds: Type.Array(Uuid({ description: 'Id of a subject.' }), {
      minItems: 1,
      description: 'Subjects that belong to the customer from now on.',
    }),
    because: Type.Array(EventId({ description: 'Id of an event.' }), {
      description: 'The events that led to it: links, or a decision that is taken back.',
    }),
  }),
  subject: 'customer:5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
  example: {
    customerId: '5b0e0f5c-5f0e-4d0b-9d56-0f1a2b3c4d5e',
    subjectIds: ['0d9c8b7a-6f5e-4d3c-8b2a-1f0e9d8c7b6a', '1e2d3c4b-5a69-4788-97a6-b5c4d3e2f1a0'],
    because: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'],
  },
});
