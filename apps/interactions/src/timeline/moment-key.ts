import { utcMilliseconds } from '@perennial/events';
import { invalidCursor, keyOf, uuidPart } from '@perennial/service';

/** Later than anything: where a list that shows the latest first begins. */
const END_OF_TIME = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const;

/** Time and event id in a cursor; those after everything if there is none. Throws a problem (400) for others. */
export function momentKeyOf(after: string | undefined): readonly [string, string] {
  const key = keyOf(after, 2);
  if (key === undefined) return END_OF_TIME;
  const [at, eventId] = key.map(String) as [string, string];
  if (utcMilliseconds(at) === undefined || !uuidPart.test(eventId)) throw invalidCursor();
  return [at, eventId];
}
