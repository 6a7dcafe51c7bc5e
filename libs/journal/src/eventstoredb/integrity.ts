import { SHARDS } from '../journal.port.js';
import { isFaulty, type ShardFault } from '../shard.fault.js';
import { shardOf } from '../shard.js';
import type { EventStoreConnection } from './connection.js';
import { isOurs, linkMetadataOf, type Stored } from './event.record.js';
import { isAfter, START } from './log.position.js';
import type { Names } from './names.js';

const PAGE = 4_000;

/**
 * Compares the links of all shards with the log, from its beginning: minutes on a large journal. Keeps the version of
 * each stream in memory, about 100 bytes a stream. Events must not be appended meanwhile.
 */
export async function findLinkFaults(store: EventStoreConnection, names: Names): Promise<ShardFault[]> {
  const faults = Array.from({ length: SHARDS }, (_, shard) => sound(shard));
  const versions = new Map<string, number>();
  const previous: (string | null)[] = Array.from({ length: SHARDS }, () => null);
  for (let from = START; ;) {
    const page = await store.readLog({
      from: from === START ? undefined : from,
      count: PAGE + 1,
      prefix: names.subjects,
    });
    const events = page.filter(({ at }) => isAfter(at, from));
    const shards = Map.groupBy(
      events.filter((event) => names.streamIdOf(event.stream) !== undefined && isOurs(event)),
      ({ stream }) => shardOf(names.streamIdOf(stream) ?? ''),
    );
    for (const [shard, own] of shards) await compare(faults[shard]!, own);
    const last = events.at(-1);
    if (!last) break;
    from = last.at;
  }
  for (const fault of faults) {
    const [head] = await store.readStream({ stream: names.ofShard(fault.shard), backwards: true, count: 1 });
    fault.position = (head?.event?.revision ?? -1) + 1;
  }
  return faults.filter(isFaulty);

  async function compare(fault: ShardFault, events: readonly Stored[]): Promise<void> {
    const stream = names.ofShard(fault.shard);
    const links = await store.readStream({ stream, from: fault.events, count: events.length });
    events.forEach((event, n) => {
      const link = links[n]?.event;
      const before = previous[fault.shard] ?? null;
      if (link && (link.id !== event.id || linkMetadataOf(link).previousId !== before)) fault.brokenLinks++;
      if (event.revision !== (versions.get(event.stream) ?? -1) + 1) fault.brokenStreams++;
      versions.set(event.stream, event.revision);
      previous[fault.shard] = event.id;
      fault.events++;
    });
  }
}

const sound = (shard: number): ShardFault => ({
  shard,
  events: 0,
  position: 0,
  brokenLinks: 0,
  brokenStreams: 0,
});
