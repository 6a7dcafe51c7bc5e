import type { EventName, JsonObject } from '@perennial/events';
import { objectOf, Properties } from './properties.js';

export const kinds = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type Kind = (typeof kinds)[number];

/** What a mapping needs besides the call itself. */
export interface CallContext {
  /** Source of the events. */
  source: string;
  receivedAt: Date;
  /** A keyed hash, so that ids made from identifiers don't tell them. */
  subjectIdOf: (text: string) => string;
  newId: () => string;
}

/** A call of a Segment library, read as far as all kinds have it. */
export interface SegmentCall {
  kind: Kind;
  message: JsonObject;
  properties: Properties;
  context: JsonObject;
  /** What makes a second sending the same. */
  id: string;
  userId: string | undefined;
  anonymousId: string | undefined;
}

/** What a call says, as an event of ours; subject, time and source are the call's. */
export interface Said {
  type: EventName;
  data: JsonObject;
}

/** Ids are texts or numbers; null and the empty text are none. */
export const identifier = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;

/**
 * Without a message id, the same words at the same time are the same call; without a time too, nothing tells two
 * calls apart, and both are kept.
 */
function messageId(message: JsonObject, { subjectIdOf, newId }: CallContext): string {
  const given = identifier(message.messageId);
  if (given) return given;
  const { timestamp, originalTimestamp } = message;
  return (timestamp ?? originalTimestamp)
    ? subjectIdOf(`segment-message:${JSON.stringify({ ...message, sentAt: undefined })}`)
    : newId();
}

export const readCall = (kind: Kind, message: JsonObject, context: CallContext): SegmentCall => ({
  kind,
  message,
  properties: new Properties(objectOf(message.properties)),
  context: objectOf(message.context),
  id: messageId(message, context),
  userId: identifier(message.userId),
  anonymousId: identifier(message.anonymousId),
});
