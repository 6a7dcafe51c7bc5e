import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, Text, touch } from '../schemas.js';

/** A customer looked at a page of a web site. */
export const pageViewed = eventType('page.viewed', {
  version: 1,
  description: 'A customer looked at a page of a web site.',
  data: Fields({
    path: Type.String({
      minLength: 1,
      maxLength: 2000,
      pattern: '^[^?#]*$',
      description: 'Path of the page, without query and fragment, which may hold personal data.',
    }),
    title: Type.Optional(Text({ maxLength: 500, description: 'Title of the page.' })),
    ...touch,
  }),
  subject: 'anonymous:9f2b7c1e',
  example: { path: '/lights/desk', title: 'Desk lamps', channel: 'web', referrer: 'search.example' },
});
