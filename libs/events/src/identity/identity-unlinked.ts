import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, SubjectReference, Text } from '../schemas.js';
import { Evidence } from './evidence.js';

/** Two identifiers do not belong to one customer, whatever was said before. */
export const identityUnlinked = eventType('identity.unlinked', {
  version: 1,
  description:
    'Two identifiers do not belong to one customer, whatever was said before: the subject of this event and `other`.',
  data: Fields({
    other: SubjectReference({ description: 'The other identifier, e.g. user:42.' }),
    evidence: Evidence({ description: 'How it is known.' }),
    reason: Type.Optional(Text({ description: 'Why, in a few words, when a person decided it.' })),
  }),
  subject: 'anonymous:9f2b7c1e',
  example: { other: 'user:42', evidence: 'operator', reason: 'Two people share one tablet.' },
});
