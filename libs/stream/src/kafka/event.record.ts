import type { RecordedEvent } from '@perennial/journal';
import type { KafkaMessage, Message } from 'kafkajs';

/**
 * An event as a record of `perennial.events`: CloudEvents 1.0 in the binary mode of its Kafka binding, with the place
 * in the journal beside it. The partition is the shard, the key the subject's id, the value the data as they are.
 */
export interface EventRecord extends Message {
  partition: number;
  key: string;
  value: string;
}

export const recordOf = (event: RecordedEvent): EventRecord => ({
  partition: event.shard,
  key: event.streamId,
  value: event.data,
  headers: {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: event.source,
    ce_type: event.type,
    ce_subject: event.subject,
    ce_time: event.time,
    ce_eventid: event.eventId,
    ce_dataversion: String(event.dataVersion),
    ce_streamversion: String(event.version),
    ce_recordedtime: event.recordedAt,
    'content-type': 'application/json',
    shard: String(event.shard),
    position: String(event.position),
    ...(event.previousId !== null && { previousid: event.previousId }),
  },
});

/** kafkajs gives every header as bytes. */
type Headers = Readonly<Record<string, Buffer | undefined>>;

/** The position of a record; `NaN` when it is none of ours. */
export const positionOf = ({ headers }: Pick<KafkaMessage, 'headers'>): number =>
  Number(ascii((headers as Headers | undefined)?.position) || NaN);

const ascii = (bytes: Buffer | undefined): string => (bytes === undefined ? '' : bytes.toString('latin1'));
const text = (bytes: Buffer | undefined): string => (bytes === undefined ? '' : bytes.toString('utf8'));

/** Where the event of a record stands in the journal, and of what type it is: all that is needed to leave it out. */
export type EventPlace = Pick<RecordedEvent, 'shard' | 'position' | 'eventId' | 'previousId' | 'type'>;

/** The place of a record's event; `position` is `NaN` when it is no event of the journal. */
export function placeOf(shard: number, record: Pick<KafkaMessage, 'headers'>): EventPlace {
  const header = (record.headers ?? {}) as Headers;
  return {
    shard,
    position: positionOf(record),
    eventId: ascii(header.ce_eventid),
    previousId: header.previousid === undefined ? null : ascii(header.previousid),
    type: ascii(header.ce_type),
  };
}

/** The event of a record whose place was read before; the data stay text. */
export function eventOf(place: EventPlace, { key, value, headers }: KafkaMessage): RecordedEvent {
  const header = headers as Headers;
  return {
    ...place,
    dataVersion: Number(ascii(header.ce_dataversion)),
    time: ascii(header.ce_time),
    source: text(header.ce_source),
    id: text(header.ce_id),
    subject: text(header.ce_subject),
    data: text(value ?? undefined),
    streamId: ascii(key ?? undefined),
    version: Number(ascii(header.ce_streamversion)),
    recordedAt: ascii(header.ce_recordedtime),
  };
}
