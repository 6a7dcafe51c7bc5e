import type pg from 'pg';
import { integers, smallints, texts, timestamps, uuids } from './binary-array.js';
import type { Draft, DraftAnswer, DraftEvent } from './append.plan.js';

const SQL = `select appended, versions, duplicates, duplicate_versions
  from journal.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`;

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

function parameters({ streams, events }: Draft): { events: DraftEvent[]; values: Buffer[] } {
  const shards = [...new Set(streams.map(({ shard }) => shard))].sort((a, b) => a - b);
  // Places count from 1, as PostgreSQL's arrays do.
  const shardPlace = new Map(shards.map((shard, i) => [shard, i + 1]));
  const streamPlace = new Map(streams.map((stream, i) => [stream, i + 1]));
  const byShard = new Map<number, DraftEvent[]>(shards.map((shard) => [shard, []]));
  for (const event of events) byShard.get(event.stream.shard)?.push(event);
  const sorted = [...byShard.values()].flat();
  const placeOf = ({ shard }: { shard: number }) => shardPlace.get(shard) ?? 0;
  const values = [
    smallints(shards),
    uuids(streams.map(({ streamId }) => streamId)),
    integers(streams.map(placeOf)),
    integers(streams.map(({ required }) => required)),
    integers(sorted.map(({ stream }) => placeOf(stream))),
    integers(sorted.map(({ stream }) => streamPlace.get(stream) ?? 0)),
    integers([...byShard.values()].flatMap((inShard) => inShard.map((_, i) => i + 1))),
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
