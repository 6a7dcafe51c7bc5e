import { objectOf } from './properties.js';
import type { Said, SegmentCall } from './segment-call.js';
import { touchOf } from './touch.mapping.js';

/** What has no type of its own, with all its properties. */
export function activityOf(name: unknown, properties: unknown, call: SegmentCall): Said {
  const told = objectOf(properties);
  return {
    type: 'activity.recorded',
    data: {
      name,
      ...(Object.keys(told).length > 0 && { properties: told }),
      ...touchOf(call),
    },
  };
}

export const groupOf = (call: SegmentCall): Said => {
  const { groupId, traits } = call.message;
  return activityOf('Group', { groupId, traits: objectOf(traits) }, call);
};
