import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { NewEvent } from '../journal.port.js';
import type { LogPosition } from './log.position.js';

type Recorded = ReadResp.ReadEvent.RecordedEvent;

/** An event as it is sent to EventStoreDB. */
export interface Proposed {
  id: string;
  type: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** An event as EventStoreDB gives it back. */
export interface Stored extends Proposed {
  stream: string;
  revision: number;
  at: LogPosition;
  /** RFC 3339, UTC, milliseconds. */
  created: string;
}

const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

/** The type by which EventStoreDB knows a link: `<revision>@<stream>`. */
export const LINK = '$>';

/** EventStoreDB counts in units of 100 ns since 1970. */
const TICKS = 10_000;

const NOTHING = new Uint8Array();

/** Without its data where they are not needed: what is numbered shall not fill the memory. */
export function storedOf(event: Recorded, withData = true): Stored {
  const metadata = event.getMetadataMap();
  return {
    id: event.getId()?.getString() ?? '',
    type: metadata.get('type') ?? '',
    data: withData ? event.getData_asU8() : NOTHING,
    metadata: event.getCustomMetadata_asU8(),
    stream: utf8(event.getStreamIdentifier()?.getStreamName_asU8() ?? NOTHING),
    revision: Number(event.getStreamRevision()),
    at: { commit: Number(event.getCommitPosition()), prepare: Number(event.getPreparePosition()) },
    created: new Date(Number(metadata.get('created') ?? 0) / TICKS).toISOString(),
  };
}

export const sizeOf = ({ type, data, metadata }: Proposed): number =>
  2 * type.length + data.length + metadata.length;

/** The data stays the text that it is; whatever else the journal keeps goes into the metadata, readable for operators. */
export const proposedOf = ({ eventId, type, data, ...rest }: NewEvent): Proposed => {
  const { dataVersion, time, source, id, subject } = rest;
  const metadata = JSON.stringify({ dataVersion, time, source, id, subject });
  return { id: eventId, type, data: Buffer.from(data), metadata: Buffer.from(metadata) };
};

type Metadata = Pick<NewEvent, 'dataVersion' | 'time' | 'source' | 'id' | 'subject'>;

const isMetadata = (value: unknown): value is Metadata =>
  typeof value === 'object' &&
  value !== null &&
  ['time', 'source', 'id', 'subject'].every((key) => typeof value[key as never] === 'string') &&
  typeof value['dataVersion' as never] === 'number';

function metadataOf({ metadata }: Stored): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(utf8(metadata));
    return isMetadata(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is an event of the journal's, and not something that somebody else wrote into our stream. */
export const isOurs = (stored: Stored): boolean => metadataOf(stored) !== undefined;

/** Undefined when somebody else wrote it. */
export function eventOf(stored: Stored): NewEvent | undefined {
  const metadata = metadataOf(stored);
  if (!metadata) return undefined;
  const { dataVersion, time, source, id, subject } = metadata;
  return {
    eventId: stored.id,
    type: stored.type,
    dataVersion,
    time,
    source,
    id,
    subject,
    data: utf8(stored.data),
  };
}

/** What a link of a shard's stream keeps of the event that it names. */
export interface LinkMetadata {
  /** Where the event is in the log. */
  commit: number;
  /** The event one position before; null at position 1. */
  previousId: string | null;
}

/** The link has the id of its event: EventStoreDB compares ids within one stream only. */
export const linkTo = (event: Stored, previousId: string | null): Proposed => ({
  id: event.id,
  type: LINK,
  data: Buffer.from(`${event.revision}@${event.stream}`),
  metadata: Buffer.from(JSON.stringify({ commit: event.at.commit, previousId } satisfies LinkMetadata)),
});

export const linkMetadataOf = ({ metadata }: Stored): LinkMetadata =>
  JSON.parse(utf8(metadata)) as LinkMetadata;

export const jsonOf = ({ data }: Stored): unknown => JSON.parse(utf8(data));
