import pg from 'pg';
import { GroupCommit } from '../group-commit.js';
import {
  SHARDS,
  VersionConflict,
  type Append,
  type AppendResult,
  type ExpectedVersion,
  type Journal,
  type NewEvent,
  type RecordedEvent,
  type ShardHead,
} from '../journal.port.js';
import type { ShardFault } from '../shard.fault.js';
import { shardOf } from '../shard.js';
import { AppendPlan } from './append.plan.js';
import { findEvents, sendDraft } from './append.query.js';
import { AppendedSignal, type SignalOptions } from './appended.signal.js';
import { UnstorableValue } from './binary-array.js';
import { EVENT_COLUMNS, eventOfRow, eventTypes, type EventRow } from './event.row.js';
import { findShardFaults } from './integrity.js';

export interface PostgresJournalOptions extends SignalOptions {
  /** Commits at the same time (default 2). */
  lanes?: number;
  /** Milliseconds that a small append waits for company (default 5). */
  maxDelay?: number;
  /** Events that may wait to be committed before `JournalBusy` (default 50,000). */
  maxWaiting?: number;
  /** Connections for reading (default 6). */
  readers?: number;
}

const READ_STREAM = `select ${EVENT_COLUMNS} from journal.event
  where shard = $1 and stream_id = $2 and version > $3 order by version limit $4`;
const READ_SHARD = `select ${EVENT_COLUMNS} from journal.event
  where shard = $1 and position > $2 order by position limit $3`;
/**
 * Every shard gets the same number of events, except that what one does not need goes to the others: positions
 * have no gaps, so the head alone tells how much there is, and the fair level is known before anything is read.
 */
const READ_SHARDS = `
with wanted as materialized (
  select after.shard, after.position, after.n, coalesce(head.position, 0) - after.position as behind
    from unnest($1::smallint[], $2::bigint[]) with ordinality after(shard, position, n)
    left join lateral (
      select position from journal.event where shard = after.shard order by position desc limit 1) head on true
   where coalesce(head.position, 0) > after.position
), fair as (
  select greatest(1, max(($3::bigint - less) / more)) as level
    from (select coalesce(sum(behind) over (order by behind, n rows between unbounded preceding and 1 preceding), 0)::bigint as less,
                 count(*) over (order by behind, n rows between current row and unbounded following) as more
            from wanted) levels
)
select ${EVENT_COLUMNS.replaceAll(/\w+/g, (column) => `e.${column}`)} from wanted
 cross join fair
 cross join lateral (
   select * from journal.event
    where shard = wanted.shard and position > wanted.position order by position limit fair.level) e
 limit $3`;
const HEADS = `
select s.shard, coalesce(head.position, 0), head.event_id
  from generate_series(0, ${SHARDS - 1}) s(shard)
  left join lateral (
    select position, event_id from journal.event where shard = s.shard order by position desc limit 1) head on true
 order by s.shard`;

const isFaultOfEvents = (error: unknown): boolean =>
  error instanceof UnstorableValue ||
  // Classes "data exception" and "program limit exceeded".
  (error instanceof pg.DatabaseError && /^(22|54)/.test(error.code ?? ''));

function poolOf(url: string, name: string, max: number): pg.Pool {
  const settings = new URL(url);
  const given = settings.searchParams.get('options');
  settings.searchParams.set('options', [given, '-c timezone=UTC -c datestyle=ISO'].filter(Boolean).join(' '));
  const pool = new pg.Pool({
    connectionString: settings.toString(),
    max,
    application_name: `perennial journal ${name}`,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the pool; the next query finds out if the server is really gone.
  pool.on('error', () => undefined);
  return pool;
}

/** The journal in a Postgres database. The schema is made by `migratePostgres`. */
export class PostgresJournal implements Journal {
  private readonly writing: pg.Pool;
  private readonly reading: pg.Pool;
  private readonly group: GroupCommit;
  private readonly signal: AppendedSignal;

  constructor(url: string, options: PostgresJournalOptions = {}) {
    const lanes = options.lanes ?? 2;
    this.writing = poolOf(url, 'append', lanes);
    this.reading = poolOf(url, 'read', options.readers ?? 6);
    this.signal = new AppendedSignal(url, options);
    this.group = new GroupCommit({
      commit: (appends) => this.commit(appends),
      isFaultOfEvents,
      lanes,
      maxDelay: options.maxDelay,
      maxWaiting: options.maxWaiting,
    });
  }

  async append(
    streamId: string,
    expectedVersion: ExpectedVersion,
    events: NewEvent[],
  ): Promise<AppendResult & { status: 'appended' }> {
    const [result] = await this.appendMany([{ streamId, expectedVersion, events }]);
    if (result?.status !== 'appended')
      throw new VersionConflict(streamId, expectedVersion, result?.version ?? 0);
    return result;
  }

  appendMany(appends: Append[]): Promise<AppendResult[]> {
    return appends.length === 0 ? Promise.resolve([]) : this.group.append(appends);
  }

  readStream(streamId: string, afterVersion = 0, limit = 10_000): Promise<RecordedEvent[]> {
    return this.read('journal.stream', READ_STREAM, [shardOf(streamId), streamId, afterVersion, limit]);
  }

  readShard(shard: number, afterPosition: number, limit: number): Promise<RecordedEvent[]> {
    return this.read('journal.shard', READ_SHARD, [shard, afterPosition, limit]);
  }

  readShards(after: ReadonlyMap<number, number>, limit: number): Promise<RecordedEvent[]> {
    return this.read('journal.shards', READ_SHARDS, [[...after.keys()], [...after.values()], limit]);
  }

  async heads(): Promise<ShardHead[]> {
    const { rows } = await this.reading.query<[number, number, string | null]>({
      text: HEADS,
      rowMode: 'array',
      types: eventTypes,
    });
    return rows.map(([shard, position, eventId]) => ({ shard, position, eventId }));
  }

  /** Faults of the stored journal, none when it is sound. Reads everything: minutes on a large journal. */
  checkIntegrity(): Promise<ShardFault[]> {
    return findShardFaults(this.reading, SHARDS);
  }

  onAppended(listener: () => void): Promise<() => Promise<void>> {
    return this.signal.listen(listener);
  }

  async close(): Promise<void> {
    await this.group.drain();
    await this.signal.close();
    await Promise.all([this.writing.end(), this.reading.end()]);
  }

  private async commit(appends: readonly Append[]): Promise<AppendResult[]> {
    const plan = new AppendPlan(appends);
    for (;;) {
      const draft = plan.draft();
      if (draft.doubts.length > 0) {
        plan.resolve(draft, await findEvents(this.writing, draft.doubts));
        continue;
      }
      if (!plan.isOpen(draft)) return plan.results();
      const answer = await sendDraft(this.writing, draft);
      plan.learn(draft, answer);
      if (answer.appended) {
        if (draft.events.length > 0) this.signal.raise();
        return plan.results();
      }
    }
  }

  private async read(name: string, text: string, values: unknown[]): Promise<RecordedEvent[]> {
    const { rows } = await this.reading.query<EventRow>({
      name,
      text,
      values,
      rowMode: 'array',
      types: eventTypes,
    });
    return rows.map(eventOfRow);
  }
}
