import { Type } from 'typebox';
import { eventType } from '../event-type.js';
import { Fields, FreeForm, personal, Text, touch } from '../schemas.js';

/** Anything that a source tracks and that has no type of its own. */
export const activityRecorded = eventType('activity.recorded', {
  version: 1,
  description: 'Anything that a source tracks and that has no type of its own.',
  data: Fields({
    name: Text({ description: 'What it is called at the source.' }),
    properties: Type.Optional(personal(FreeForm({ description: 'What the source tells of it.' }))),
    ...touch,
  }),
  example: { name: 'Video Played', properties: { video: 'how-to-mount', seconds: 48 } },
});
