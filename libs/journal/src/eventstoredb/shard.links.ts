import type { RecordedEvent } from '../journal.port.js';
import type { EventStoreConnection, Read } from './connection.js';
import { eventOf, linkMetadataOf, linkTo, type Stored } from './event.record.js';
import type { Names } from './names.js';

/** Links in one append: far below what EventStoreDB takes at once (1 MiB). */
const BATCH = 2_000;
/** Links that a search looks at together. */
const WINDOW = 64;

/** What the log and the links say of one shard differs. Nothing that the journal does leads to it. */
export class NumberingFault extends Error {}

/** Where an event is in its shard. */
export interface Place {
  position: number;
  previousId: string | null;
}

/** A position, and about where in the log its event is. */
export interface Bound {
  position: number;
  commit: number;
}

/** The streams of links that give the events of each shard their positions. */
export class ShardLinks {
  constructor(
    private readonly store: EventStoreConnection,
    private readonly names: Names,
  ) {}

  /**
   * Sees to it that these events, the next of the shard's in the log's order, follow the event `previousId` at the
   * position. Whoever does it writes the same, so that it may be done twice or by several processes at once. Answers
   * whether anybody else was at it.
   */
  async extend(
    shard: number,
    position: number,
    previousId: string | null,
    events: readonly Stored[],
  ): Promise<boolean> {
    const links = events.map((event, n) => linkTo(event, n === 0 ? previousId : (events[n - 1]?.id ?? null)));
    let shared = false;
    for (let done = 0; done < links.length;) {
      const batch = links.slice(done, done + BATCH);
      const outcome = await this.store.append(this.names.ofShard(shard), position + done - 1, batch);
      if (outcome.status === 'appended') done += batch.length;
      else {
        shared = true;
        done += await this.alreadyThere(
          shard,
          position + done,
          batch.map(({ id }) => id),
          outcome.revision,
        );
      }
    }
    return shared;
  }

  /** How many of these ids are there; others in their place are a fault. */
  private async alreadyThere(
    shard: number,
    position: number,
    ids: string[],
    revision: number,
  ): Promise<number> {
    const there = await this.read(shard, position, ids.length, false);
    const same = there.filter(({ link }, n) => link?.id === ids[n]).length;
    if (same === there.length && same > 0) return same;
    throw new NumberingFault(
      `Shard ${shard} of the journal has ${revision + 1} links, and those after ${position} are not what the log says. ` +
        'Was its stream, or that of the heads, deleted or written to by others?',
    );
  }

  /** Events after the position, at most so many. Throws when one of them was deleted. */
  async events(shard: number, after: number, count: number): Promise<RecordedEvent[]> {
    if (count <= 0) return [];
    const read = await this.read(shard, after, count, true);
    return read.map(({ event, link }) => {
      const kept = event && eventOf(event);
      if (!link || !event || !kept)
        throw new NumberingFault(
          `The event at position ${(link?.revision ?? 0) + 1} of shard ${shard} can't be read any more: its stream was deleted or cut in EventStoreDB.`,
        );
      return recordedOf(shard, kept, event, placeOf(link), this.names);
    });
  }

  /** The places of events of one shard, given in the log's order. All must be numbered, up to the head. */
  async places(shard: number, events: readonly Stored[], head: Bound): Promise<Place[]> {
    const places: Place[] = [];
    const high = { ...head, position: head.position + 1 };
    let low: Bound = { position: 0, commit: -1 };
    let near: Stored[] = [];
    for (const event of events) {
      // The next one is often in the links that were read for the one before.
      if (!near.some(({ id }) => id === event.id)) near = await this.around(shard, event, low, high);
      const place = placeOf(near.find(({ id }) => id === event.id)!);
      low = { position: place.position, commit: event.at.commit };
      places.push(place);
    }
    return places;
  }

  /**
   * Links among which the event's is, between two bounds, both excluded. Looks where it should be if the log grew evenly,
   * every other time in the middle.
   */
  private async around(shard: number, event: Stored, low: Bound, high: Bound): Promise<Stored[]> {
    for (let halve = false; high.position - low.position > 1; halve = !halve) {
      const between = high.position - low.position;
      const share = halve ? 0.5 : (event.at.commit - low.commit) / Math.max(1, high.commit - low.commit);
      const guess = between <= WINDOW ? 0 : Math.floor(between * share) - WINDOW / 2;
      const start = low.position + Math.max(0, Math.min(guess, between - 2));
      const count = Math.min(WINDOW, high.position - 1 - start);
      const links = (await this.read(shard, start, count, false)).flatMap(({ link }) => link ?? []);
      const [first, last] = [links[0], links.at(-1)].map((link) => link && boundOf(link));
      if (links.some(({ id }) => id === event.id)) return links;
      if (first && event.at.commit < first.commit) high = first;
      else if (last && event.at.commit > last.commit) low = last;
      else break;
    }
    throw new NumberingFault(`Event ${event.id} has no position in shard ${shard}.`);
  }

  /** Revisions count from 0: the revision of what follows a position is that position. */
  private async read(shard: number, after: number, count: number, resolve: boolean): Promise<Read[]> {
    const read = await this.store.readStream({
      stream: this.names.ofShard(shard),
      from: after,
      count,
      resolve,
    });
    // Links that are not resolved come as events.
    return resolve ? read : read.map(({ event }) => ({ link: event }));
  }
}

const placeOf = (link: Stored): Place => ({
  position: link.revision + 1,
  previousId: linkMetadataOf(link).previousId,
});

const boundOf = (link: Stored): Bound => ({
  position: link.revision + 1,
  commit: linkMetadataOf(link).commit,
});

export const recordedOf = (
  shard: number,
  event: NonNullable<ReturnType<typeof eventOf>>,
  stored: Stored,
  { position, previousId }: Place,
  names: Names,
): RecordedEvent => ({
  ...event,
  shard,
  position,
  streamId: names.streamIdOf(stored.stream) ?? '',
  version: stored.revision + 1,
  recordedAt: stored.created,
  previousId,
});
