import type { JsonObject } from '@perennial/events';
import type { Arrival, Reason } from '../intake/arrival.js';
import { activityOf, groupOf } from './activities.mapping.js';
import { carts } from './carts.mapping.js';
import { consentOf } from './consent.mapping.js';
import { orders } from './orders.mapping.js';
import { pageOf, screenOf } from './pages.mapping.js';
import { products } from './products.mapping.js';
import { profileOf } from './profile.mapping.js';
import {
  identifier,
  kinds,
  readCall,
  type CallContext,
  type Kind,
  type Said,
  type SegmentCall,
} from './segment-call.js';
import { callTime } from './segment-time.js';

/** Sources write `Order Completed`, `order completed` or `order_completed`. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim();

const commerce = new Map(
  Object.entries({ ...products, ...carts, ...orders }).map(([name, mapping]) => [plain(name), mapping]),
);

function trackOf(call: SegmentCall): Said {
  const { event, properties } = call.message;
  const mapping = typeof event === 'string' ? commerce.get(plain(event)) : undefined;
  return mapping ? mapping(call.properties, call) : activityOf(event, properties, call);
}

const said: Record<Exclude<Kind, 'alias'>, (call: SegmentCall) => Said> = {
  identify: profileOf,
  track: trackOf,
  page: pageOf,
  screen: screenOf,
  group: groupOf,
};

const refused = (code: Reason['code'], path: string, message: string): Arrival => ({
  claims: [],
  refusal: { code, path, message },
});

/** A link is one fact, however often it is said: its id is made of the two subjects (the first is the event's own). */
const link = (subject: string, other: string, evidence: 'login' | 'alias', call: CallContext) => ({
  id: `linked:${call.subjectIdOf(other)}`,
  source: call.source,
  subject,
  type: 'identity.linked',
  data: { other, evidence },
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `previousId` may be either; libraries make anonymous ids as UUIDs. */
function aliasOf(call: SegmentCall, time: string, context: CallContext): Arrival {
  const previous = identifier(call.message.previousId);
  if (!previous) return refused('missing-attribute', 'previousId', 'previousId is missing');
  if (!call.userId) return refused('missing-attribute', 'userId', 'userId is missing');
  const namespace = previous === call.anonymousId || UUID.test(previous) ? 'anonymous' : 'user';
  return {
    claims: [{ ...link(`${namespace}:${previous}`, `user:${call.userId}`, 'alias', context), time }],
  };
}

/**
 * A call of a Segment library as events of ours. `kind` is that of the path; in a batch it is the message's `type`.
 * Pure: what depends on the moment or on keys is in `context`.
 */
export function segmentArrival(message: JsonObject, kind: unknown, context: CallContext): Arrival {
  const known = kinds.find((one) => one === kind);
  if (!known) return refused('invalid-attribute', 'type', `type must be one of ${kinds.join(', ')}`);
  const call = readCall(known, message, context);
  const time = callTime(message, context.receivedAt);
  if (!time)
    return refused('invalid-time', 'timestamp', 'timestamp must be RFC 3339, e.g. 2026-03-01T12:00:00Z');
  if (known === 'alias') return aliasOf(call, time, context);
  const { userId, anonymousId, id } = call;
  if (!userId && !anonymousId) {
    return refused('missing-attribute', 'userId', 'userId or anonymousId is needed');
  }
  if (known === 'track' && !call.message.event)
    return refused('missing-attribute', 'event', 'event is missing');
  const subject = userId ? `user:${userId}` : `anonymous:${anonymousId}`;
  const { source } = context;
  const consent = consentOf(call);
  return {
    claims: [
      { id, source, subject, time, ...said[known](call) },
      ...(consent ? [{ id: `${id}:consent`, source, subject, time, ...consent }] : []),
      ...(userId && anonymousId
        ? [{ ...link(`anonymous:${anonymousId}`, subject, 'login', context), time }]
        : []),
    ],
  };
}
