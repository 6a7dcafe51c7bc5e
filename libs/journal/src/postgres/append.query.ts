import type pg from 'pg';
import { SHARDS } from '../journal.port.js';
import { integers, smallints, texts, timestamps, uuids } from './binary-array.js';
import type { Draft, DraftAnswer, DraftEvent, Duplicate } from './append.plan.js';

const SQL = `select appended, versions, duplicates, duplicate_versions
  from journal.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

type Row = [
  appended: boolean,
  versions: string | null,
  duplicates: string | null,
  duplicateVersions: string | null,
];

const asText = {
  getTypeParser: (oid: number) => (oid === 16 ? (text: string) => text === 't' : (text: string) => text),
};

/** `{1,2,3}` → [1, 2, 3] */
const numbers = (literal: string | null): number[] =>
  literal === null || literal === '{}' ? [] : literal.slice(1, -1).split(',').map(Number);

/** Sends one draft to `journal.append`, in one transaction and one round trip. */
export async function sendDraft(pool: pg.Pool, draft: Draft): Promise<DraftAnswer> {
  const { events, values } = parameters(draft);
  const { rows } = await pool.query<Row>({
    name: 'journal.append',
    text: SQL,
    values,
    rowMode: 'array',
    types: asText,
  });
  const [row] = rows;
  if (!row) throw new Error('journal.append answered nothing.');
  const [appended, versions, duplicates, duplicateVersions] = row;
  const known = numbers(duplicateVersions);
  return {
    appended,
    versions: numbers(versions),
    duplicates: numbers(duplicates).map((n, i) => ({
      eventId: events[n - 1]?.event.eventId ?? '',
      version: known[i] ?? 0,
    })),
  };
}

/** Which of the events are there. */
export async function findEvents(pool: pg.Pool, wanted: Draft['doubts']): Promise<Duplicate[]> {
  const { rows } = await pool.query<{ event_id: string; version: number }>({
    name: 'journal.find',
    text: `select e.event_id, e.version from unnest($1::smallint[], $2::uuid[]) wanted(shard, event_id)
             join journal.event e on e.shard = wanted.shard and e.event_id = wanted.event_id`,
    values: [smallints(wanted.map(({ shard }) => shard)), uuids(wanted.map(({ eventId }) => eventId))],
  });
  return rows.map((row) => ({ eventId: row.event_id, version: row.version }));
}

function parameters({ streams, events }: Draft): { events: DraftEvent[]; values: Buffer[] } {
  const byShard = new Map<number, DraftEvent[]>();
  for (const { shard } of streams.toSorted((a, b) => a.shard - b.shard)) byShard.set(shard, []);
  for (const event of events) byShard.get(event.stream.shard)?.push(event);
  const shards = [...byShard.keys()];
  const inShards = [...byShard.values()];
  const sorted = inShards.flat();
  // Places count from 1, as PostgreSQL's arrays do.
  const places = new Uint8Array(SHARDS);
  shards.forEach((shard, i) => (places[shard] = i + 1));
  let start = 0;
  const values = [
    smallints(shards),
    integers(inShards.map(({ length }) => (start += length) - length)),
    uuids(streams.map(({ streamId }) => streamId)),
    integers(streams.map(({ shard }) => places[shard] ?? 0)),
    integers(streams.map(({ required }) => required)),
    integers(sorted.map(({ stream }) => stream.place)),
    integers(sorted.map(({ offset }) => offset)),
    uuids(sorted.map(({ event }) => event.eventId)),
    texts(sorted.map(({ event }) => event.type)),
    smallints(sorted.map(({ event }) => event.dataVersion)),
    timestamps(sorted.map(({ event }) => event.time)),
    texts(sorted.map(({ event }) => event.source)),
    texts(sorted.map(({ event }) => event.id)),
    texts(sorted.map(({ event }) => event.subject)),
    texts(sorted.map(({ event }) => event.data)),
  ];
  return { events: sorted, values };
}
