import { objectOf } from './properties.js';
import type { Said, SegmentCall } from './segment-call.js';

/** The consent that stood when a call was made; undefined if the call doesn't tell. */
export function consentOf({ context }: SegmentCall): Said | undefined {
  const preferences = objectOf(objectOf(context.consent).categoryPreferences);
  const purposes = Object.entries(preferences).filter(([, given]) => typeof given === 'boolean');
  if (purposes.length === 0) return undefined;
  return { type: 'consent.changed', data: { purposes: Object.fromEntries(purposes) } };
}
