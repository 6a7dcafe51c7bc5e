import pg from 'pg';
import { GroupCommit } from '../group-commit.js';
import { appended } from '../journal.errors.js';
import {
  SHARDS,
  type Append,
  type Appended,
  type AppendResult,
  type ExpectedVersion,
  type Journal,
  type NewEvent,
  type RecordedEvent,
  type ShardHead,
  type ShardRange,
  type Span,
} from '../journal.port.js';
import type { ShardFault } from '../shard.fault.js';
import { shardOf } from '../shard.js';
import { AppendPlan } from './append.plan.js';
import { findEvents, sendDraft } from './append.query.js';
import { AppendedSignal, type SignalOptions } from './appended.signal.js';
import { UnstorableValue } from './binary-array.js';
import { EVENT_COLUMNS, eventOfRow, eventTypes, type EventRow } from './event.row.js';
import { findShardFaults } from './integrity.js';
import { readSpans } from './spans.query.js';
import { openPool } from './watched.client.js';

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

const poolOf = (url: string, purpose: string, max: number): pg.Pool =>
  openPool(url, { name: `journal ${purpose}`, max, options: '-c timezone=UTC -c datestyle=ISO' });

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

  async append(streamId: string, expectedVersion: ExpectedVersion, events: NewEvent[]): Promise<Appended> {
    const append = { streamId, expectedVersion, events };
    const [result] = await this.appendMany([append]);
    return appended(append, result);
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

  readShards(ranges: readonly ShardRange[], limit: number, without?: ReadonlySet<string>): Promise<Span[]> {
    return readSpans(this.reading, ranges, limit, without);
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
