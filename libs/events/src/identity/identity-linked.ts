import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, SubjectReference, Text } from '../schemas.js';
import { Evidence } from './evidence.js';

/** Two identifiers belong to one customer. */
export const identityLinked = eventType('identity.linked', {
  version: 1,
  description:
    'Two identifiers belong to one customer: the subject of this event and `other`. Identification weighs the evidence and merges the customers, or puts the link in quarantine.',
  data: Fields({
    other: SubjectReference({ description: 'The other identifier, e.g. user:42.' }),
    evidence: Evidence({ description: 'How it is known.' }),
    reason: Type.Optional(Text({ description: 'Why, in a few words, when a person decided it.' })),
  }),
  subject: 'anonymous:9f2b7c1e',
  example: { other: 'user:42', evidence: 'login' },
});
