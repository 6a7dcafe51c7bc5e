import { SHARDS } from '@perennial/journal';
import { placeOf, type EventPlace } from './event.record.js';
import type { Bounds, TopicReader } from './topic.reader.js';

/** How far a shard has been published to a topic. */
export interface TopicEnd {
  /** Of the last event; 0 when there is none. */
  position: number;
  /** Of the next record. */
  offset: number;
  /** Of the last event, where a record tells. */
  eventId?: string;
}

/** Whether the journal has this event in this place. */
export type InJournal = (place: Pick<EventPlace, 'shard' | 'position' | 'eventId'>) => Promise<boolean>;

const shards = Array.from({ length: SHARDS }, (_, shard) => shard);

/**
 * Events of each shard that a topic which was made anew begins with: for who reads it and is not far behind. Services
 * read the journal where the topic has less than they lack; the whole journal would keep what is new waiting.
 */
const NEWEST = 1_000;

/**
 * How far each shard is published, as the last record of its partition tells. What is known from elsewhere
 * (`remembered`) counts as it is only for a partition whose records are all gone and that nobody has written to since.
 * One that is otherwise empty belongs to a topic that was made anew.
 */
export async function endsOfEvents(
  reader: TopicReader,
  remembered: ReadonlyMap<number, TopicEnd>,
  heads: readonly { shard: number; position: number }[],
): Promise<Map<number, TopicEnd>> {
  const bounds = await reader.bounds(shards);
  const last = await lastPlaces(reader, bounds);
  return new Map(
    heads.map(({ shard, position: head }) => {
      const { high: offset } = bounds.get(shard)!;
      const { position, eventId } = last.get(shard) ?? {};
      if (position !== undefined) return [shard, { position, offset, eventId }];
      const known = remembered.get(shard);
      if (known?.offset === offset && offset > 0) return [shard, known];
      return [shard, { position: Math.max(0, Math.min(head, known?.position ?? 0) - NEWEST), offset }];
    }),
  );
}

/**
 * How far each shard's decisions are published. Others act on them, so none is published a second time only because
 * its record is gone: what is remembered counts. Only where the journal was restored from an older backup do the topic
 * and what is remembered go further than what both have; there everything after it is a decision that nobody was told.
 */
export async function endsOfDecisions(
  reader: TopicReader,
  remembered: ReadonlyMap<number, TopicEnd>,
  heads: readonly { shard: number; position: number }[],
  isInJournal: InJournal,
): Promise<Map<number, TopicEnd>> {
  const bounds = await reader.bounds(shards);
  /** The earliest record of each shard that the journal does not have. */
  const foreign = new Map<number, number>();
  const last = await lastPlaces(reader, bounds, async (place) => {
    if (await isInJournal(place)) return true;
    foreign.set(place.shard, place.position);
    return false;
  });
  return new Map(
    heads.map(({ shard, position: head }) => {
      const found = last.get(shard)?.position ?? 0;
      const other = foreign.get(shard);
      const known = Math.min(head, remembered.get(shard)?.position ?? 0);
      const before = found === 0 && other !== undefined ? Math.min(head, other - 1) : found;
      return [
        shard,
        {
          position: other === undefined ? Math.max(found, known) : before,
          offset: bounds.get(shard)?.high ?? 0,
        },
      ];
    }),
  );
}

/** The place of each partition's last record, passing over those that are none of ours. */
async function lastPlaces(
  reader: TopicReader,
  bounds: ReadonlyMap<number, Bounds>,
  isOurs: InJournal = () => Promise.resolve(true),
): Promise<Map<number, EventPlace>> {
  const found = new Map<number, EventPlace>();
  let open = new Map(
    [...bounds].flatMap(([shard, { low, high }]) => (high > low ? [[shard, high - 1]] : [])),
  );
  while (open.size > 0) {
    const records = await reader.records(open);
    const further = new Map<number, number>();
    await Promise.all(
      [...open].map(async ([shard, offset]) => {
        const record = records.get(shard);
        const place = record && placeOf(shard, record);
        if (place && !Number.isNaN(place.position) && (await isOurs(place))) found.set(shard, place);
        else if (offset > bounds.get(shard)!.low) further.set(shard, offset - 1);
      }),
    );
    open = further;
  }
  return found;
}
