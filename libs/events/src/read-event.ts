import { catalogue, type EventName } from './catalogue.js';
import type { CustomerEvent, EventType, JsonObject } from './event-type.js';
import { parseSubject } from './subject.js';
import { utcMilliseconds } from './time.js';
import { unsafeValue } from './unsafe-value.js';
import { violationOf, type Violation } from './validation.js';

export type RejectionCode =
  /** Not a JSON object at all. */
  | 'not-an-event'
  | 'missing-attribute'
  | 'invalid-attribute'
  | 'invalid-subject'
  | 'invalid-time'
  /** No such type in the catalogue. */
  | 'unknown-type'
  /** Newer than this build knows: to be kept, and accepted after the next update. */
  | 'unknown-version'
  | 'unsafe-value'
  | 'schema-violation';

/** Why an event can't be accepted. The message never quotes a value, which could be personal. */
export interface Rejection extends Violation {
  code: RejectionCode;
}

/** An event as it was published: its data may follow an older version (`upcastEvent` lifts them). */
export type ReadEvent = CustomerEvent<EventName, JsonObject>;

export type Reading =
  { event: ReadEvent; rejection?: undefined } | { event?: undefined; rejection: Rejection };

const DAY = 24 * 60 * 60 * 1000;
const EARLIEST = '1900-01-01T00:00:00.000Z';

class Refused extends Error {
  constructor(readonly rejection: Rejection) {
    super(rejection.message);
  }
}

const refuse = (code: RejectionCode, path: string, message: string): never => {
  throw new Refused({ code, path, message });
};

function attribute(event: JsonObject, name: string, maxLength: number): string {
  const value = event[name];
  if (value === undefined || value === null || value === '') {
    return refuse('missing-attribute', name, `${name} is missing`);
  }
  if (typeof value !== 'string') return refuse('invalid-attribute', name, `${name} must be a string`);
  if (value.length > maxLength) {
    return refuse('invalid-attribute', name, `${name} is longer than ${maxLength} characters`);
  }
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) {
    return refuse('invalid-attribute', name, `${name} contains a control character or a broken one`);
  }
  return value;
}

/** What stands in the place of a type may be anything; only what looks like one is quoted. */
const nameShown = (name: string) => (/^[a-z][\w.-]{0,99}$/i.test(name) ? name : 'this');

function readSubject(event: JsonObject): string {
  const subject = event.subject;
  if (subject === undefined || subject === null || subject === '') {
    return refuse('missing-attribute', 'subject', 'subject is missing');
  }
  if (typeof subject === 'string' && parseSubject(subject)) return subject;
  return refuse(
    'invalid-subject',
    'subject',
    'subject must be namespace:value, e.g. user:42: a namespace of a-z, 0-9, _ and - that begins with a letter and has at most 31 characters, and a value of 1 to 500 characters without control characters',
  );
}

function readTime(event: JsonObject, now: Date): string {
  const time = utcMilliseconds(attribute(event, 'time', 100));
  if (!time) {
    return refuse('invalid-time', 'time', 'time must be RFC 3339 with an offset, e.g. 2026-03-01T12:00:00Z');
  }
  if (time < EARLIEST) return refuse('invalid-time', 'time', 'time is before the year 1900');
  if (Date.parse(time) > now.getTime() + DAY) {
    return refuse('invalid-time', 'time', 'time is more than 24 hours ahead');
  }
  return time;
}

function readVersion(event: JsonObject, type: EventType): number {
  const stated = event.dataversion ?? 1;
  const version = typeof stated === 'string' && /^\d{1,9}$/.test(stated) ? Number(stated) : stated;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return refuse('invalid-attribute', 'dataversion', 'dataversion must be a whole number from 1');
  }
  if (version > type.version) {
    return refuse(
      'unknown-version',
      'dataversion',
      `${type.name} is known up to version ${type.version}, not ${version}; the event is kept until it is known`,
    );
  }
  return version;
}

function readData(event: JsonObject, type: EventType, version: number): JsonObject {
  if (event.data === undefined) return refuse('missing-attribute', 'data', 'data is missing');
  const unsafe = unsafeValue(event.data, 'data');
  if (unsafe) return refuse('unsafe-value', unsafe.path, unsafe.message);
  const violation = violationOf(type, version, event.data);
  if (violation) return refuse('schema-violation', violation.path, violation.message);
  return event.data as JsonObject;
}

function read(input: unknown, now: Date, types: Record<string, EventType>): ReadEvent {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse('not-an-event', '', 'an event is a JSON object');
  }
  const event = input as JsonObject;
  if (event.specversion !== undefined && event.specversion !== '1.0') {
    return refuse('invalid-attribute', 'specversion', 'specversion must be 1.0');
  }
  const id = attribute(event, 'id', 200);
  const source = attribute(event, 'source', 500);
  const name = attribute(event, 'type', 200);
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (!type) return refuse('unknown-type', 'type', `${nameShown(name)} is no type of the catalogue`);
  const subject = readSubject(event);
  const time = readTime(event, now);
  const dataVersion = readVersion(event, type);
  const data = readData(event, type, dataVersion);
  return { id, source, type: name as EventName, subject, time, dataVersion, data };
}

/**
 * Reads what claims to be a CloudEvents 1.0 event in JSON form: required are `id`, `source`, `type`, `subject`,
 * `time` and `data`; `dataversion` is 1 when absent; other attributes are ignored. `time` is normalised to UTC
 * milliseconds and may be at most 24 hours after `now`; data are checked, neither copied nor changed. Never throws.
 */
export function readEvent(input: unknown, now: Date, types: Record<string, EventType> = catalogue): Reading {
  try {
    return { event: read(input, now, types) };
  } catch (error) {
    if (error instanceof Refused) return { rejection: error.rejection };
    throw error;
  }
}
