import { randomUUID } from 'node:crypto';
import type { Journal, Span } from '@perennial/journal';
import { endSilentTransaction, SHARDS } from '@perennial/journal';
import type pg from 'pg';
import type { Membership, StreamConsumer } from '../stream.port.js';
import { Waiting } from '../waiting.js';

export interface PostgresStreamOptions {
  /** Members of one group share the shards. */
  group: string;
  /** How often a member says that it lives, in milliseconds. */
  heartbeat?: number;
  /** After how long a silence a member counts as gone, in milliseconds. */
  expiry?: number;
}

/** Creates the table in which the members of a group see each other. */
export async function prepareStream(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(
      `begin; ${endSilentTransaction}; select pg_advisory_xact_lock(hashtextextended('perennial:stream', 0))`,
    );
    await client.query(`create schema if not exists stream`);
    await client.query(`create table if not exists stream.member (
      group_name text not null, member_id uuid not null, seen_at timestamptz not null default now(), primary key (group_name, member_id))`);
    await client.query(
      `comment on table stream.member is 'Living consumers; the shards are divided among the members of a group.'`,
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/**
 * Reads the Postgres journal directly. The members of a group find each other in a table: member k of n,
 * in the order of their ids, reads the shards that leave the remainder k when divided by n.
 */
export class PostgresStream implements StreamConsumer {
  readonly member = randomUUID();
  problem: string | undefined;
  hasJoined = false;
  private readonly positions = new Map<number, number>();
  private membership?: Membership;
  private heartbeat?: NodeJS.Timeout;
  private stopListening?: () => Promise<void>;
  private dividing: Promise<void> = Promise.resolve();
  private changed = false;
  private news = true;
  private readonly waiting = new Waiting();

  constructor(
    private readonly journal: Journal,
    private readonly pool: pg.Pool,
    private readonly options: PostgresStreamOptions,
  ) {}

  async join(membership: Membership): Promise<void> {
    this.membership = membership;
    await this.divide();
    this.stopListening = await this.journal.onAppended(() => this.rouse());
    this.heartbeat = setInterval(
      () => void this.divide().catch(() => undefined),
      this.options.heartbeat ?? 1_000,
    );
    this.heartbeat.unref();
  }

  async next(limit: number, signal: AbortSignal): Promise<Span[]> {
    for (;;) {
      await this.dividing;
      if (signal.aborted || this.changed) {
        this.changed = false;
        return [];
      }
      this.news = false;
      const ranges = [...this.positions].map(([shard, after]) => ({ shard, after }));
      const spans = await this.journal.readShards(ranges, limit, this.membership?.without);
      if (spans.length > 0) {
        for (const { shard, position } of spans)
          if (this.positions.has(shard)) this.positions.set(shard, position);
        return spans;
      }
      await this.waiting.until(() => this.news, signal);
    }
  }

  seek(shard: number, position: number): void {
    if (this.positions.has(shard)) this.positions.set(shard, position);
    this.rouse();
  }

  async backlog(): Promise<number> {
    const heads = await this.journal.heads();
    return heads.reduce(
      (sum, { shard, position }) => sum + Math.max(0, position - (this.positions.get(shard) ?? position)),
      0,
    );
  }

  async leave(): Promise<void> {
    clearInterval(this.heartbeat);
    await this.dividing;
    await this.stopListening?.();
    const held = [...this.positions.keys()];
    this.positions.clear();
    await this.membership?.lost(held);
    this.rouse();
    await this.pool
      .query('delete from stream.member where group_name = $1 and member_id = $2', [
        this.options.group,
        this.member,
      ])
      .catch(() => undefined);
  }

  /** Says that we live, sees who else does, and takes or gives up shards accordingly. One at a time. */
  private divide(): Promise<void> {
    const divided = this.dividing.then(() => this.divideOnce());
    this.dividing = divided.then(
      () => {
        this.problem = undefined;
        this.hasJoined = true;
      },
      (error: unknown) => {
        this.problem = error instanceof Error ? error.message : String(error);
      },
    );
    return divided;
  }

  private async divideOnce(): Promise<void> {
    const { rows } = await this.pool.query<{ member_id: string }>(
      `with me as (
         insert into stream.member (group_name, member_id) values ($1, $2)
         on conflict (group_name, member_id) do update set seen_at = now() returning member_id
       ), gone as (
         delete from stream.member where group_name = $1 and member_id <> $2 and seen_at < now() - make_interval(secs => $3::float8 * 10)
       )
       select member_id from stream.member where group_name = $1 and member_id <> $2 and seen_at > now() - make_interval(secs => $3::float8)
       union select member_id from me order by member_id`,
      [this.options.group, this.member, (this.options.expiry ?? 5_000) / 1_000],
    );
    const rank = rows.findIndex(({ member_id }) => member_id === this.member);
    const wanted = new Set(
      Array.from({ length: SHARDS }, (_, shard) => shard).filter((shard) => shard % rows.length === rank),
    );
    const lost = [...this.positions.keys()].filter((shard) => !wanted.has(shard));
    const gained = [...wanted].filter((shard) => !this.positions.has(shard));
    if (lost.length > 0) {
      // Held until it is told: one that was forgotten before would be claimed from its next owner again and again.
      await this.membership?.lost(lost);
      for (const shard of lost) this.positions.delete(shard);
    }
    if (gained.length > 0) {
      const from = await this.membership?.gained(gained);
      for (const shard of gained) this.positions.set(shard, from?.get(shard) ?? 0);
    }
    if (lost.length + gained.length > 0) {
      this.changed = true;
      this.rouse();
    }
  }

  private rouse(): void {
    this.news = true;
    this.waiting.rouse();
  }
}
