import { createHash } from 'node:crypto';
import { catalogue, mapSubjectReferences, type EventData, type EventName } from '@perennial/events';
import { shardOf, type NewEvent, type RecordedEvent } from '@perennial/journal';

/** An event as a test states it. */
export interface GivenEvent<Name extends EventName = EventName> {
  type: Name;
  subject: string;
  data: EventData<Name>;
  time: string;
  source: string;
  id: string;
}

export interface GivenOptions {
  /** Absent: noon of the first of March 2026. */
  time?: string;
  source?: string;
  /** Absent: made from everything else, so that the same words are the same event. */
  id?: string;
}

const uuidOf = (text: string) => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The id under which tests know a subject; `customer:<id>` is the stream of that customer. */
export const subjectIdOf = (subject: string) =>
  subject.startsWith('customer:') ? subject.slice('customer:'.length) : uuidOf(subject);

/** States an event. */
export function event<Name extends EventName>(
  type: Name,
  subject: string,
  data: EventData<Name>,
  options: GivenOptions = {},
): GivenEvent<Name> {
  const time = options.time ?? '2026-03-01T12:00:00.000Z';
  const source = options.source ?? '/test';
  return {
    type,
    subject,
    data,
    time,
    source,
    id: options.id ?? uuidOf(JSON.stringify([type, subject, data, time, source])),
  };
}

const referenceTo = (subject: unknown) =>
  `${String(subject).split(':')[0] as string}:${subjectIdOf(String(subject))}`;

/**
 * The event as it goes into the journal: other subjects are named by their ids, as sealing does it; personal
 * data stay readable.
 */
export const asNewEvent = ({ type, subject, data, time, source, id }: GivenEvent): NewEvent => ({
  eventId: uuidOf(`${source}\n${id}\n${subject}`),
  type,
  dataVersion: catalogue[type].version,
  time,
  source,
  id,
  subject,
  data: JSON.stringify(mapSubjectReferences(type, data, referenceTo)),
});

/** The events as a journal would have recorded them in this order, without a journal. */
export function recorded(events: readonly GivenEvent[]): RecordedEvent[] {
  const heads = new Map<number, { position: number; eventId: string }>();
  const versions = new Map<string, number>();
  return events.map((given) => {
    const newEvent = asNewEvent(given);
    const streamId = subjectIdOf(given.subject);
    const shard = shardOf(streamId);
    const head = heads.get(shard);
    const position = (head?.position ?? 0) + 1;
    const version = (versions.get(streamId) ?? 0) + 1;
    heads.set(shard, { position, eventId: newEvent.eventId });
    versions.set(streamId, version);
    return {
      ...newEvent,
      shard,
      position,
      streamId,
      version,
      recordedAt: newEvent.time,
      previousId: head?.eventId ?? null,
    };
  });
}
