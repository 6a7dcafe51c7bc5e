import type { Span } from '@perennial/journal';

/** Told when shards come and go. Shards are handed over only when the promise has resolved. */
export interface Membership {
  /** Types that the member has no use for: their events may be left out. */
  without?: ReadonlySet<string>;
  /** From now on these shards are ours; answers the position after which to read each. */
  gained(shards: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** These shards are somebody else's now. */
  lost(shards: readonly number[]): Promise<void>;
}

/**
 * The journal as one consumer of a group reads it. The shards are divided among the members of the group.
 * That one shard has one reader is an optimisation here; that only one can write is the fence's business.
 */
export interface StreamConsumer {
  /** Why nothing can be read at the moment, if so. */
  readonly problem: string | undefined;
  /** Whether it was ever a member of its group. */
  readonly hasJoined: boolean;
  join(membership: Membership): Promise<void>;
  /**
   * The next events of our shards, each shard's in position order, at most `limit` in all. Waits until there
   * are some; answers none when the signal is aborted or the shards have changed. A span may repeat what was
   * given before, or begin behind a gap; whoever reads it looks.
   */
  next(limit: number, signal: AbortSignal): Promise<Span[]>;
  /** Goes on reading a shard after this position, e.g. after a batch that failed. */
  seek(shard: number, position: number): void;
  /** How many events of our shards are still to be read by `next`. */
  backlog(): Promise<number>;
  leave(): Promise<void>;
}
