import type { CustomTypesConfig } from 'pg';
import type { RecordedEvent } from '../journal.port.js';

export const EVENT_COLUMNS =
  'shard, position, stream_id, version, event_id, previous_id, type, data_version, time, recorded_at, source, id, subject, data';

/** One row of `EVENT_COLUMNS`, read with `eventTypes` and `rowMode: 'array'`. */
export type EventRow = [
  shard: number,
  position: number,
  streamId: string,
  version: number,
  eventId: string,
  previousId: string | null,
  type: string,
  dataVersion: number,
  time: string,
  recordedAt: string,
  source: string,
  id: string,
  subject: string,
  data: string,
];

/** `2026-03-01 12:00:00.5+00` → `2026-03-01T12:00:00.500Z`. Needs a session with timezone UTC and datestyle ISO. */
export function isoTime(text: string): string {
  const fraction = text.slice(19, -3);
  const milliseconds = fraction === '' ? '.000' : fraction.padEnd(4, '0').slice(0, 4);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}${milliseconds}Z`;
}

const INTEGERS = new Set([20, 21, 23]);
const TIMESTAMPTZ = 1184;
const asIs = (text: string) => text;

/** How the columns of an event are read: no `Date` objects, positions as numbers (safe up to 2^53). */
export const eventTypes: CustomTypesConfig = {
  getTypeParser: (oid: number) => (INTEGERS.has(oid) ? Number : oid === TIMESTAMPTZ ? isoTime : asIs),
};

export const eventOfRow = (row: EventRow): RecordedEvent => ({
  shard: row[0],
  position: row[1],
  streamId: row[2],
  version: row[3],
  eventId: row[4],
  previousId: row[5],
  type: row[6],
  dataVersion: row[7],
  time: row[8],
  recordedAt: row[9],
  source: row[10],
  id: row[11],
  subject: row[12],
  data: row[13],
});
