import { setTimeout as sleep } from 'node:timers/promises';
import { appended } from './journal.errors.js';
import { SHARDS, type Append, type Journal, type RecordedEvent } from './journal.port.js';

export interface CopyProgress {
  /** Events of the source that the target has now, and how many the source has. */
  events: number;
  of: number;
}

export interface CopyOptions {
  signal?: AbortSignal;
  onProgress?: (progress: CopyProgress) => void;
  /** Events of one shard that are appended together (default 500). Must be the same when a copy is resumed. */
  together?: number;
}

/** How two journals differ in one shard. */
export interface ShardDifference {
  shard: number;
  /** Events in the source and in the target. */
  source: number;
  target: number;
  /** Event ids of the source that the target lacks, and the other way round. */
  missing: number;
  foreign: number;
  /** Streams whose events have another sequence or other versions. */
  streams: number;
}

export interface Compared {
  events: number;
  differences: ShardDifference[];
  /** Whether every event has the position that it has in the source, so that cursors mean the same. */
  samePositions: boolean;
}

/** Shards that are copied at the same time; an engine commits them together. */
const AT_ONCE = 16;
const TOGETHER = 500;
const PAGE = 20_000;

/**
 * Appends every event of a journal to another one, shard by shard in position order, with the ids that they have.
 * What is there already is known by its id, so a copy that was cut off is resumed by copying again. Follows a source
 * that still grows until it has its end. When an event was accepted (`recordedAt`) is what the target says.
 */
export async function copyJournal(from: Journal, to: Journal, options: CopyOptions = {}): Promise<void> {
  const copied = new Map((await to.heads()).map(({ shard, position }) => [shard, position]));
  for (;;) {
    const heads = await from.heads();
    const of = heads.reduce((sum, { position }) => sum + position, 0);
    const report = () => {
      options.onProgress?.({ events: [...copied.values()].reduce((sum, count) => sum + count, 0), of });
    };
    const behind = heads.filter(({ shard, position }) => position > (copied.get(shard) ?? 0));
    if (behind.length === 0) {
      report();
      return;
    }
    const queue = behind.values();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (const { shard, position } of queue)
          await copyShard(
            from,
            to,
            { shard, done: copied.get(shard) ?? 0, end: position },
            options,
            (count) => {
              copied.set(shard, count);
              report();
            },
          );
      }),
    );
  }
}

/**
 * An engine may keep the events of one append in another sequence (those of different streams), but not those of
 * two appends of which the second began when the first was answered. So counting tells where to go on.
 */
async function copyShard(
  from: Journal,
  to: Journal,
  { shard, done, end }: { shard: number; done: number; end: number },
  { signal, together = TOGETHER }: CopyOptions,
  onCopied: (count: number) => void,
): Promise<void> {
  for (let position = done - (done % together); position < end;) {
    signal?.throwIfAborted();
    const events = await from.readShard(shard, position, together);
    const last = events.at(-1);
    if (!last)
      throw new Error(`The source ends at ${position} in shard ${shard}, though it had ${end} events.`);
    const appends = events.map((event): Append => ({
      streamId: event.streamId,
      expectedVersion: 'any',
      events: [newEventOf(event)],
    }));
    const results = await to.appendMany(appends);
    appends.forEach((append, index) => appended(append, results[index]));
    position = last.position;
    onCopied(position);
  }
}

const newEventOf = ({ eventId, type, dataVersion, time, source, id, subject, data }: RecordedEvent) => ({
  eventId,
  type,
  dataVersion,
  time,
  source,
  id,
  subject,
  data,
});

/** Reads both journals whole and compares them: how many events a shard has, which ones, and each stream's sequence. */
export async function compareJournals(
  from: Journal,
  to: Journal,
  { signal, onProgress }: Pick<CopyOptions, 'signal' | 'onProgress'> = {},
): Promise<Compared> {
  await numbered(from, to);
  const compared: Compared = { events: 0, differences: [], samePositions: true };
  const of = (await from.heads()).reduce((sum, { position }) => sum + position, 0);
  for (let shard = 0; shard < SHARDS; shard++) {
    signal?.throwIfAborted();
    const [source, target] = [await contentOf(from, shard), await contentOf(to, shard)];
    compared.events += target.ids.length;
    compared.samePositions &&=
      source.ids.length === target.ids.length && source.ids.every((id, index) => id === target.ids[index]);
    const difference = differenceOf(shard, source, target);
    if (difference.missing + difference.foreign + difference.streams > 0)
      compared.differences.push(difference);
    onProgress?.({ events: compared.events, of });
  }
  return compared;
}

/** So long nothing must have got a position before we look at what there is. Milliseconds. */
const STILL_FOR = 2_000;

/** An engine may give events their positions some time after it has committed them. */
async function numbered(from: Journal, to: Journal): Promise<void> {
  const count = async (journal: Journal) =>
    (await journal.heads()).reduce((sum, { position }) => sum + position, 0);
  const wanted = await count(from);
  for (let [seen, since] = [await count(to), Date.now()]; seen < wanted && Date.now() - since < STILL_FOR;) {
    await sleep(100);
    const now = await count(to);
    if (now > seen) [seen, since] = [now, Date.now()];
  }
}

/** What one shard holds: the ids by position, and for each event all that must be the same in another journal. */
interface Content {
  ids: string[];
  events: Map<string, string>;
}

async function contentOf(journal: Journal, shard: number): Promise<Content> {
  const content: Content = { ids: [], events: new Map() };
  for (let position = 0; ;) {
    const events = await journal.readShard(shard, position, PAGE);
    if (events.length === 0) return content;
    for (const event of events) {
      content.ids.push(event.eventId);
      content.events.set(event.eventId, `${event.streamId} ${event.version} ${fingerprint(event)}`);
    }
    position = events.at(-1)!.position;
  }
}

/** Everything of an event but its place and when it was accepted. */
const fingerprint = (event: RecordedEvent) => JSON.stringify(newEventOf(event));

function differenceOf(shard: number, source: Content, target: Content): ShardDifference {
  const shared = source.ids.filter((id) => target.events.has(id));
  const streams = shared.filter((id) => source.events.get(id) !== target.events.get(id));
  return {
    shard,
    source: source.ids.length,
    target: target.ids.length,
    missing: source.ids.length - shared.length,
    foreign: target.ids.filter((id) => !source.events.has(id)).length,
    streams: new Set(streams.map((id) => source.events.get(id)!.split(' ')[0])).size,
  };
}
