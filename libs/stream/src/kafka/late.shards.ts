import type { Journal, ShardRange, Span } from '@perennial/journal';

/** How far a shard was read. */
interface Reading {
  position: number;
}

/**
 * Shards whose topic does not give what the journal has. A gap is shown by the event behind it; what is missing at the
 * end of a topic is shown by the journal alone: its records were deleted before they were read, or the relay is late.
 */
export class LateShards {
  /** Where shards stood at the look before, that had read all of their topic and not all of the journal. */
  private stood = new Map<number, number>();
  /** Up to where the journal is to be read in the place of the topic. */
  private readonly upTo = new Map<number, number>();

  constructor(private readonly journal: Pick<Journal, 'heads' | 'readShards'>) {}

  get areThere(): boolean {
    return this.upTo.size > 0;
  }

  /**
   * Looks at the shards that have read all that their topic has. One is late when it stands where it stood at the look
   * before. Answers how many events are late.
   */
  async look(ended: ReadonlyMap<number, Reading>): Promise<number> {
    const heads = ended.size > 0 ? await this.journal.heads() : [];
    const stood = new Map<number, number>();
    let late = 0;
    for (const { shard, position: head } of heads) {
      const position = ended.get(shard)?.position ?? head;
      if (position >= head) continue;
      stood.set(shard, position);
      if (this.stood.get(shard) !== position) continue;
      this.upTo.set(shard, head);
      late += head - position;
    }
    this.stood = stood;
    return late;
  }

  /** The next events of late shards, at most `limit` in all; none when no shard of ours is late any more. */
  async read(
    readings: ReadonlyMap<number, Reading>,
    limit: number,
    without?: ReadonlySet<string>,
  ): Promise<Span[]> {
    const ranges = [...this.upTo].flatMap(([shard, upTo]): ShardRange[] => {
      const after = readings.get(shard)?.position ?? upTo;
      return after < upTo ? [{ shard, after, upTo }] : [];
    });
    const spans = ranges.length > 0 ? await this.journal.readShards(ranges, limit, without) : [];
    if (spans.length === 0) this.upTo.clear();
    return spans;
  }
}
