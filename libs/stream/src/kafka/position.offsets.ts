import type { TopicReader } from './topic.reader.js';
import { positionOf } from './event.record.js';

/** Records asked for until an offset is taken as it is: the second is right in a topic that nobody disturbed. */
const TRIES = 6;

interface Search {
  low: number;
  high: number;
  position: number;
  /** Where to look next. */
  offset: number;
  /** The latest offset known to come before or at the record wanted. */
  safe: number;
}

/**
 * For each shard the offset from which to read the events after a position. Positions don't equal offsets: a topic
 * may have lost its oldest records, or hold some twice. It is looked up by the positions that records carry: the
 * record at a guessed offset tells how far the guess is off.
 *
 * Where that does not come to an end the answer is rather too early than too late: what comes twice is dropped by its
 * position, while what is missing has to be read from the journal.
 */
export async function offsetsAfter(
  reader: TopicReader,
  positions: ReadonlyMap<number, number>,
): Promise<Map<number, number>> {
  const bounds = await reader.bounds([...positions.keys()]);
  const answers = new Map<number, number>();
  const open = new Map<number, Search>();
  for (const [shard, position] of positions) {
    const { low, high } = bounds.get(shard) ?? { low: 0, high: 0 };
    // In a topic that was never disturbed, the record of position p has the offset p - 1.
    if (low === high) answers.set(shard, high);
    else open.set(shard, { low, high, position, offset: within(low, position, high - 1), safe: low });
  }
  for (let tries = 0; open.size > 0 && tries < TRIES; tries++) {
    const records = await reader.records(new Map([...open].map(([shard, { offset }]) => [shard, offset])));
    for (const [shard, search] of open) {
      const record = records.get(shard);
      const answer = record ? step(search, Number(record.offset), positionOf(record)) : search.safe;
      if (answer === undefined) continue;
      answers.set(shard, answer);
      open.delete(shard);
    }
  }
  for (const [shard, { safe }] of open) answers.set(shard, safe);
  return answers;
}

/** Answers the offset, if the record at `at` decides it; otherwise the search goes on elsewhere. */
function step(search: Search, at: number, position: number): number | undefined {
  const { low, high } = search;
  if (Number.isNaN(position)) return search.safe;
  const wanted = search.position + 1;
  if (position === wanted) return at;
  if (position < wanted) {
    search.safe = Math.max(search.safe, at);
    // All that is wanted comes after the last record.
    if (at === high - 1) return high;
  }
  const next = within(low, at + wanted - position, high - 1);
  // Nothing is nearer: the records between are missing, or came twice.
  if (next === search.offset) return position < wanted ? at : Math.min(at, Math.max(search.safe, low));
  search.offset = next;
  return undefined;
}

const within = (low: number, value: number, high: number) => Math.max(low, Math.min(value, high));
