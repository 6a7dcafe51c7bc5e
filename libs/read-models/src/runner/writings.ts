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
  /** What those that have failed threw, the first one first. */
  readonly failures: unknown[] = [];

  /** `failed` is called whenever one fails. */
  constructor(private readonly failed: () => void = () => undefined) {}

  get size(): number {
    return this.underWay.size;
  }

  /** Writes when fewer than `most` are under way and none of them moves one of these shards. Throws the first failure of all. */
  async add(shards: readonly number[], most: number, write: () => Promise<void>): Promise<void> {
    for (;;) {
      if (this.failures.length > 0) throw this.failures[0];
      const others = [...this.underWay];
      const before = others.filter((other) => shards.some((shard) => other.shards.has(shard)));
      if (before.length === 0 && others.length < most) break;
      await Promise.race((before.length > 0 ? before : others).map(({ ended }) => ended));
    }
    const writing: Writing = { shards: new Set(shards), ended: Promise.resolve() };
    this.underWay.add(writing);
    writing.ended = write()
      .catch((error: unknown) => {
        this.failures.push(error);
        this.failed();
      })
      .finally(() => this.underWay.delete(writing));
  }

  /** Resolves when all have ended, whatever came of them. */
  async ended(): Promise<void> {
    await Promise.all([...this.underWay].map(({ ended }) => ended));
  }
}
