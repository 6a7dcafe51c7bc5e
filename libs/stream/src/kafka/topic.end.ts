import { SHARDS } from '@perennial/journal';
import type { KafkaMessage } from 'kafkajs';
import { positionOf } from './event.record.js';
import type { Bounds, TopicReader } from './topic.reader.js';

/** How far a shard has been published to a topic. */
export interface TopicEnd {
  /** Of the last event; 0 when there is none. */
  position: number;
  /** Of the next record. */
  offset: number;
}

const shards = Array.from({ length: SHARDS }, (_, shard) => shard);

/**
 * How far each shard is published, as the last record of its partition tells. What is known from elsewhere
 * (`remembered`) counts only for a partition whose records are all gone and that nobody has written to since.
 *
 * A partition that still has its first offset, but fewer records than positions, is another than the one that was
 * written to: the topic was deleted and created again. Then everything is missing (position 0).
 */
export async function endsOfEvents(
  reader: TopicReader,
  remembered: ReadonlyMap<number, TopicEnd>,
): Promise<Map<number, TopicEnd>> {
  return endsOf(reader, (shard, { low, high }, position) => {
    if (position === undefined)
      return remembered.get(shard)?.offset === high && high > 0 ? remembered.get(shard)!.position : 0;
    return low === 0 && high < position ? 0 : position;
  });
}

/**
 * How far each shard's decisions are published. Others act on them, so none is published a second time only because
 * its record is gone: what is remembered counts always.
 */
export async function endsOfDecisions(
  reader: TopicReader,
  remembered: ReadonlyMap<number, TopicEnd>,
): Promise<Map<number, TopicEnd>> {
  return endsOf(reader, (shard, _bounds, position = 0) =>
    Math.max(position, remembered.get(shard)?.position ?? 0),
  );
}

async function endsOf(
  reader: TopicReader,
  positionIn: (shard: number, bounds: Bounds, lastPosition: number | undefined) => number,
): Promise<Map<number, TopicEnd>> {
  const bounds = await reader.bounds(shards);
  const last = await lastPositions(reader, bounds);
  return new Map(
    [...bounds].map(([shard, each]) => [
      shard,
      { position: positionIn(shard, each, last.get(shard)), offset: each.high },
    ]),
  );
}

/** The position of each partition's last record, passing over records that are none of ours. */
async function lastPositions(
  reader: TopicReader,
  bounds: ReadonlyMap<number, Bounds>,
): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  let open = new Map(
    [...bounds].flatMap(([shard, { low, high }]) => (high > low ? [[shard, high - 1]] : [])),
  );
  while (open.size > 0) {
    const records = await reader.records(open);
    const further = new Map<number, number>();
    for (const [shard, offset] of open) {
      const position = positionIn(records.get(shard));
      if (!Number.isNaN(position)) found.set(shard, position);
      else if (offset > bounds.get(shard)!.low) further.set(shard, offset - 1);
    }
    open = further;
  }
  return found;
}

const positionIn = (record: KafkaMessage | undefined) => (record ? positionOf(record) : NaN);
