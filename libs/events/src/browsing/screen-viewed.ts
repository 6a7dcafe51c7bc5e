import { eventType } from '../event-type.js';
import { Fields, Text, touch } from '../schemas.js';

/** A customer looked at a screen of an app. */
export const screenViewed = eventType('screen.viewed', {
  version: 1,
  description: 'A customer looked at a screen of an app.',
  data: Fields({ name: Text({ maxLength: 500, description: 'Name of the screen.' }), ...touch }),
  example: { name: 'Wish list', channel: 'app' },
});
