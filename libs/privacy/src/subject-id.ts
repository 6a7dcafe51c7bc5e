import { createHash, createHmac, type KeyObject } from 'node:crypto';

/** Names the UUIDv5 space of event ids. Fixed for ever. */
const EVENT_NAMESPACE = Buffer.from('8f0c1b2e6a575d3f9b1d4c7e2a90f5d1', 'hex');

function uuidOf(bytes: Buffer, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The spelling of a subject that its id is made of: mail addresses trimmed and in lower case, all else as given. */
export const normalSubject = (subject: string): string =>
  subject.startsWith('email:') ? `email:${subject.slice(6).trim().toLowerCase()}` : subject;

/**
 * Id of a subject (`namespace:value`): HMAC-SHA-256 truncated to a UUID of version 8. Who does not hold the key can
 * neither compute it from an identifier nor try identifiers out.
 */
export const keyedSubjectId = (key: KeyObject, subject: string): string =>
  uuidOf(createHmac('sha256', key).update(normalSubject(subject)).digest(), 8);

const netstring = (text: string): string => `${Buffer.byteLength(text)}:${text}`;

/**
 * Id of an event: UUIDv5 of source, the publisher's id and the subject's id, each with its length in bytes before it
 * (`5:/shop3:A-136:…`), so that no two triples read the same. A second sending of the event has the same id.
 */
export const eventIdOf = (source: string, id: string, subjectId: string): string =>
  uuidOf(
    createHash('sha1')
      .update(EVENT_NAMESPACE)
      .update(netstring(source) + netstring(id) + netstring(subjectId))
      .digest(),
    5,
  );
