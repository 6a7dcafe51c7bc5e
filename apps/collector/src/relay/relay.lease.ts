import { randomUUID } from 'node:crypto';
import type { TopicEnd } from '@perennial/stream';
import type pg from 'pg';

/** How long a holder that says nothing keeps the lease, in milliseconds. */
export const EXPIRY = 5_000;
/** How often the holder says that it lives, and the others ask whether it does, in milliseconds. */
export const HEARTBEAT = 1_000;

/** What was published when the holder said so last, for partitions whose records are gone since. */
export interface Checkpoint {
  /** The topic that events were published to: one of another name is to hold the whole journal. */
  topic?: string;
  events: ReadonlyMap<number, TopicEnd>;
  decisions: ReadonlyMap<number, TopicEnd>;
}

type Rows = [shard: number, position: number, offset: number][];
interface StoredCheckpoint {
  topic?: string;
  events: Rows;
  decisions: Rows;
}

/**
 * Of several relays one holds the lease; by the database's clock, so that machines need not agree on the time. One
 * that hangs loses it, and sees so before it publishes again; what slips through meanwhile is dropped by consumers.
 */
export class RelayLease {
  private readonly holder = randomUUID();
  private validUntil = 0;

  constructor(private readonly pool: pg.Pool) {}

  /** Whether the lease is ours for another moment. */
  get isValid(): boolean {
    return performance.now() < this.validUntil;
  }

  /** Takes or keeps the lease. Answers what was remembered, or nothing when another holds it. */
  async hold(checkpoint?: Checkpoint): Promise<Checkpoint | undefined> {
    const askedAt = performance.now();
    const { rows } = await this.pool.query<{ checkpoint: StoredCheckpoint | null }>(
      `insert into collector.relay as r (name, holder, expires_at, checkpoint)
       values ('relay', $1, clock_timestamp() + make_interval(secs => $2::float8), $3)
       on conflict (name) do update
          set holder = excluded.holder, expires_at = excluded.expires_at,
              checkpoint = coalesce(excluded.checkpoint, r.checkpoint)
        where r.holder = excluded.holder or r.expires_at < clock_timestamp()
       returning checkpoint`,
      [this.holder, EXPIRY / 1_000, checkpoint ? JSON.stringify(storedOf(checkpoint)) : null],
    );
    const [row] = rows;
    // A little less than what the others wait, for a request on its way.
    this.validUntil = row ? askedAt + EXPIRY - HEARTBEAT : 0;
    return row && readOf(row.checkpoint);
  }

  /** Gives it to whoever asks next. */
  async release(): Promise<void> {
    this.validUntil = 0;
    await this.pool.query('update collector.relay set expires_at = clock_timestamp() where holder = $1', [
      this.holder,
    ]);
  }
}

const rowsOf = (ends: ReadonlyMap<number, TopicEnd>): Rows =>
  [...ends].map(([shard, { position, offset }]) => [shard, position, offset]);

const endsOf = (rows: Rows): ReadonlyMap<number, TopicEnd> =>
  new Map(rows.map(([shard, position, offset]) => [shard, { position, offset }]));

const storedOf = ({ topic, events, decisions }: Checkpoint): StoredCheckpoint => ({
  topic,
  events: rowsOf(events),
  decisions: rowsOf(decisions),
});

const readOf = (stored: StoredCheckpoint | null): Checkpoint => ({
  topic: stored?.topic,
  events: endsOf(stored?.events ?? []),
  decisions: endsOf(stored?.decisions ?? []),
});
