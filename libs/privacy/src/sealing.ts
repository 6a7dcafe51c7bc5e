import type { KeyObject } from 'node:crypto';
import {
  isCustomerNamespace,
  isEventName,
  mapPersonal,
  mapSubjectReferences,
  parseSubject,
  personalPaths,
  type CustomerEvent,
  type EventData,
  type EventName,
  type JsonObject,
} from '@perennial/events';
import type { NewEvent, RecordedEvent } from '@perennial/journal';
import { isSealed, openText, sealText } from './sealed-text.js';
import { eventIdOf } from './subject-id.js';
import { IDENTIFIER, type SubjectKey, type Vault } from './vault.js';

/** Value of a person's subject whose key is gone. */
export const ERASED = 'erased';

/** An event as it is published, of a type and version that the catalogue knows. */
export type ReadableEvent = CustomerEvent<EventName, JsonObject>;

/** An event with its personal data sealed, and the stream that it belongs to. */
export interface SealedEvent {
  streamId: string;
  event: NewEvent;
}

const namespaceOf = (subject: string): string => {
  const parsed = parseSubject(subject);
  if (!parsed) throw new Error('An event to be sealed has no valid subject.');
  return parsed.namespace;
};

const isPersonal = ({ subject, type, dataVersion }: ReadableEvent): boolean =>
  isCustomerNamespace(namespaceOf(subject)) || personalPaths(type, dataVersion).length > 0;

/**
 * Seals one event: each personal value becomes `sealed:1:…`, a person's identifier too, and references to other
 * subjects become their ids. Without a key (the subject was erased) personal values are left out for good.
 */
export function sealEvent(
  event: ReadableEvent,
  subjectId: string,
  subjectKey: SubjectKey | undefined,
  subjectIdOf: (subject: string) => string,
): SealedEvent {
  const { type, dataVersion, subject } = event;
  const namespace = namespaceOf(subject);
  const sealed = mapPersonal(
    type,
    event.data,
    (value, path) => subjectKey && sealText(subjectKey.key, JSON.stringify(value), subjectId, path),
    dataVersion,
  );
  const data = mapSubjectReferences(
    type,
    sealed,
    (value) => (typeof value === 'string' ? `${namespaceOf(value)}:${subjectIdOf(value)}` : undefined),
    dataVersion,
  );
  return {
    streamId: subjectId,
    event: {
      eventId: eventIdOf(event.source, event.id, subjectId),
      type,
      dataVersion,
      time: event.time,
      source: event.source,
      id: event.id,
      subject: isCustomerNamespace(namespace)
        ? `${namespace}:${subjectKey?.sealedIdentifier ?? ERASED}`
        : subject,
      data: JSON.stringify(data),
    },
  };
}

/** Seals many events, with the keys of all their subjects in one round trip. */
export async function sealEvents(vault: Vault, events: readonly ReadableEvent[]): Promise<SealedEvent[]> {
  const keys = await vault.keysOf(events.filter(isPersonal).map(({ subject }) => subject));
  const subjectIdOf = (subject: string) => vault.subjectIdOf(subject);
  return events.map((event) => {
    const subjectId = subjectIdOf(event.subject);
    return sealEvent(event, subjectId, keys.get(subjectId), subjectIdOf);
  });
}

/**
 * Destroys the keys of the subjects that these events erase. Applied anew, as by a replay after the vault was restored
 * from a backup, it destroys what came back.
 */
export async function applyErasures(
  vault: Vault,
  stored: readonly Pick<StoredEvent, 'type' | 'data'>[],
): Promise<void> {
  const subjectIds = stored
    .filter(({ type }) => type === ('customer.erased' satisfies EventName))
    .flatMap(({ data }) => (JSON.parse(data) as EventData<'customer.erased'>).subjectIds);
  if (subjectIds.length > 0) await vault.erase(subjectIds);
}

/** What `openEvent` needs of a recorded event. */
export type StoredEvent = Pick<
  RecordedEvent,
  'streamId' | 'id' | 'source' | 'type' | 'subject' | 'time' | 'dataVersion' | 'data'
>;

function openSubject(subject: string, subjectId: string, key: KeyObject | undefined): string {
  const colon = subject.indexOf(':');
  const value = subject.slice(colon + 1);
  if (!isCustomerNamespace(subject.slice(0, colon)) || !isSealed(value)) return subject;
  return key ? openText(key, value, subjectId, IDENTIFIER) : `${subject.slice(0, colon)}:${ERASED}`;
}

/**
 * Opens one event as far as its key goes: without a key (erased) personal fields are absent and the subject is
 * `namespace:erased`. References to other subjects stay ids. Throws `UnreadableSeal` for data that were tampered with.
 */
export function openEvent(stored: StoredEvent, key: KeyObject | undefined): ReadableEvent {
  const { streamId, id, source, type, time, dataVersion } = stored;
  if (!isEventName(type)) throw new Error(`The catalogue of this build knows no event type "${type}".`);
  const open = (value: unknown, path: string): unknown => {
    // Stored before the field was marked as personal.
    if (!isSealed(value)) return value;
    return key && (JSON.parse(openText(key, value, streamId, path)) as unknown);
  };
  const data = mapPersonal(type, JSON.parse(stored.data) as JsonObject, open, dataVersion);
  return { id, source, type, subject: openSubject(stored.subject, streamId, key), time, dataVersion, data };
}

/** Opens many events, with the keys of all their subjects in one round trip. */
export async function openEvents(vault: Vault, stored: readonly StoredEvent[]): Promise<ReadableEvent[]> {
  const keys = await vault.openKeys(stored.map(({ streamId }) => streamId));
  return stored.map((event) => openEvent(event, keys.get(event.streamId)));
}
