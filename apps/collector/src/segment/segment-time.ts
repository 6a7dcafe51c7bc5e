import { utcMilliseconds, type JsonObject } from '@perennial/events';

/** A moment as libraries write it: RFC 3339, without an offset (then UTC), or milliseconds since 1970. */
function momentOf(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && Math.abs(value) < 8.64e15 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  const time = utcMilliseconds(text) ?? utcMilliseconds(`${text}Z`);
  return time === undefined ? undefined : Date.parse(time);
}

const isAbsent = (value: unknown) => value === undefined || value === null || value === '';

/**
 * When a call happened, by our clock: receivedAt − (sentAt − originalTimestamp), so that a device whose clock is wrong
 * is right all the same. Without sentAt the stated time; without a time, that of receipt. Undefined if a time is
 * stated that is none. Whoever forwards calls states when he received them.
 */
export function callTime(message: JsonObject, receivedAt: Date): string | undefined {
  const stated = isAbsent(message.originalTimestamp) ? message.timestamp : message.originalTimestamp;
  const received = Math.min(momentOf(message.receivedAt) ?? Infinity, receivedAt.getTime());
  if (isAbsent(stated)) return new Date(received).toISOString();
  const happened = momentOf(stated);
  if (happened === undefined) return undefined;
  const time = received - ((momentOf(message.sentAt) ?? received) - happened);
  return Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : undefined;
}
