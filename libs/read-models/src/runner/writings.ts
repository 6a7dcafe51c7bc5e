interface Writing {
  shards: ReadonlySet<number>;
  /** Resolves when it has ended, whatever came of it. */
  ended: Promise<void>;
}

/**
 * Batches that are being written: several at a time, of which no two move one shard, since the later one goes on where
 * the earlier one ends.
 */
export class Writings {
  private readonly underWay = new Set<Writing>();
  private failure?: { error: unknown };

  /** `failed` is called when the first one fails. */
  constructor(private readonly failed: () => void = () => undefined) {}

  get size(): number {
    return this.underWay.size;
  }

  /** Writes when fewer than `most` are under way and none of them moves one of these shards. Throws the first failure of all. */
  async add(shards: readonly number[], most: number, write: () => Promise<void>): Promise<void> {
    for (;;) {
      if (this.failure) throw this.failure.error;
      const others = [...this.underWay];
      const before = others.filter((other) => shards.some((shard) => other.shards.has(shard)));
      if (before.length > 0) await Promise.race(before.map(({ ended }) => ended));
      else if (others.length >= most) await Promise.race(others.map(({ ended }) => ended));
      else break;
    }
    const writing: Writing = { shards: new Set(shards), ended: Promise.resolve() };
    this.underWay.add(writing);
    writing.ended = write()
      .catch((error: unknown) => {
        if (this.failure) return;
        this.failure = { error };
        this.failed();
      })
      .finally(() => this.underWay.delete(writing));
  }

  /** Resolves when all have ended, whatever came of them. */
  async ended(): Promise<void> {
    await Promise.all([...this.underWay].map(({ ended }) => ended));
  }
}
