/** What is wrong with one shard. A sound journal has none of these. */
export interface ShardFault {
  shard: number;
  events: number;
  /** Greatest position; more than `events` when positions are missing. */
  position: number;
  /** Events that do not follow the one that they name. */
  brokenLinks: number;
  /** Streams whose versions are not 1, 2, 3 … */
  brokenStreams: number;
}

export const isFaulty = ({ events, position, brokenLinks, brokenStreams }: ShardFault): boolean =>
  events !== position || brokenLinks > 0 || brokenStreams > 0;
