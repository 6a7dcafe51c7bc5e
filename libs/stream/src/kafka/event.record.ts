import type { RecordedEvent } from '@perennial/journal';
import type { KafkaMessage, Message } from 'kafkajs';
import { FetchedRecord, HeaderName } from './wire/fetched.record.js';

/**
 * An event as a record of `perennial.events`: CloudEvents 1.0 in the binary mode of its Kafka binding, with the place
 * in the journal beside it. The partition is the shard, the key the subject's id, the value the data as they are.
 */
export interface EventRecord extends Message {
  partition: number;
  key: string;
  value: string;
}

/** What a record has beside its data, roughly, in bytes. */
export const HEADER_BYTES = 700;

/** First what is needed to leave an event out, then the rest as it is read: so that no header is passed over twice. */
export const recordOf = (event: RecordedEvent): EventRecord => ({
  partition: event.shard,
  key: event.streamId,
  value: event.data,
  headers: {
    shard: String(event.shard),
    position: String(event.position),
    ce_eventid: event.eventId,
    ...(event.previousId !== null && { previousid: event.previousId }),
    ce_type: event.type,
    ce_dataversion: String(event.dataVersion),
    ce_time: event.time,
    ce_source: event.source,
    ce_id: event.id,
    ce_subject: event.subject,
    ce_streamversion: String(event.version),
    ce_recordedtime: event.recordedAt,
    ce_specversion: '1.0',
    'content-type': 'application/json',
  },
});

const header = {
  position: new HeaderName('position'),
  eventId: new HeaderName('ce_eventid'),
  previousId: new HeaderName('previousid'),
  type: new HeaderName('ce_type'),
  dataVersion: new HeaderName('ce_dataversion'),
  time: new HeaderName('ce_time'),
  source: new HeaderName('ce_source'),
  id: new HeaderName('ce_id'),
  subject: new HeaderName('ce_subject'),
  version: new HeaderName('ce_streamversion'),
  recordedAt: new HeaderName('ce_recordedtime'),
};

/** What a record says of its event. Those that kafkajs read itself, because they were compressed, have plain headers. */
function textOf(
  record: KafkaMessage,
  name: HeaderName,
  encoding: 'latin1' | 'utf8' = 'latin1',
): string | undefined {
  if (isFetched(record)) return record.header(name, encoding);
  const given = record.headers?.[name.text];
  return (Array.isArray(given) ? given[0] : given)?.toString();
}

const isFetched = (record: KafkaMessage): record is FetchedRecord => record instanceof FetchedRecord;

/** The position of a record; `NaN` when it is none of ours. */
export const positionOf = (record: KafkaMessage): number => Number(textOf(record, header.position) || NaN);

/** Bytes of memory that a record holds, roughly. */
export const sizeOf = (record: KafkaMessage): number =>
  isFetched(record) ? record.length : (record.value?.length ?? 0) + HEADER_BYTES;

/** Where the event of a record stands in the journal, and of what type it is: all that is needed to leave it out. */
export type EventPlace = Pick<RecordedEvent, 'shard' | 'position' | 'eventId' | 'previousId' | 'type'>;

/** The place of a record's event; `position` is `NaN` when it is no event of the journal. */
export const placeOf = (shard: number, record: KafkaMessage): EventPlace => ({
  shard,
  position: positionOf(record),
  eventId: textOf(record, header.eventId) ?? '',
  previousId: textOf(record, header.previousId) ?? null,
  type: textOf(record, header.type) ?? '',
});

/** The event of a record whose place was read before; the data stay text. */
export const eventOf = (place: EventPlace, record: KafkaMessage): RecordedEvent => ({
  shard: place.shard,
  position: place.position,
  eventId: place.eventId,
  previousId: place.previousId,
  type: place.type,
  dataVersion: Number(textOf(record, header.dataVersion)),
  time: textOf(record, header.time) ?? '',
  source: textOf(record, header.source, 'utf8') ?? '',
  id: textOf(record, header.id, 'utf8') ?? '',
  subject: textOf(record, header.subject, 'utf8') ?? '',
  data: isFetched(record) ? record.valueText : (record.value?.toString() ?? ''),
  streamId: isFetched(record) ? record.keyText : (record.key?.toString() ?? ''),
  version: Number(textOf(record, header.version)),
  recordedAt: textOf(record, header.recordedAt) ?? '',
});
