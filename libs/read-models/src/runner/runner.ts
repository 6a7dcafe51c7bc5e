import type { Journal, RecordedEvent, Span } from '@perennial/journal';
import type { StreamConsumer } from '@perennial/stream';
import type pg from 'pg';
import { ERASURE } from '../facts/facts.js';
import { flushOutbox, refusedDecisions, retryRefused } from '../policies/outbox.js';
import type { ReadModel, ReadModels } from '../read-models.js';
import { quoted } from '../storage/column.js';
import { onConnection } from '../storage/connection.js';
import { Layout } from '../storage/layout.js';
import { builtModels, createTables, prepareSchema } from '../storage/schema.js';
import { replaceViews } from '../storage/view.js';
import { applyBatch, inTransaction, reconcile, writeEvents, type Target } from './batch.js';
import { claim, FenceLost, movesOf, type Claim, type Move } from './cursor.js';
import { Projector, type Opener, type Projected, type Unapplied } from './projector.js';
import { rebuild } from './rebuild.js';
import { Writings } from './writings.js';

export interface RunnerOptions {
  models: ReadModels;
  pool: pg.Pool;
  /** For batches: the same database, best by connections that send without waiting ("pipeline"). */
  batches?: pg.Pool;
  journal: Journal;
  stream: StreamConsumer;
  /** Opens personal data; needed when a projection declares that it opens them. */
  opener?: Opener;
  /** Most events in one transaction. */
  batchSize?: number;
  /** From how many events behind on a start builds from the journal instead of applying batches. */
  rebuildFrom?: number;
  log?: RunnerLog;
  /** Called at named moments by tests that stop or kill the process there. */
  failpoint?: (name: string) => Promise<void> | void;
}

export interface RunnerLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Counters since the start, for metrics. */
export interface RunnerCounters {
  applied: number;
  duplicates: number;
  gaps: number;
  fencesLost: number;
  unapplied: number;
  decisions: number;
  /** Decisions that the journal does not take. */
  refused: number;
  batches: number;
  retries: number;
}

/** The journal is not the one that this read model was made from: it was restored from an older backup. */
export class JournalDiverged extends Error {
  constructor(service: string, shard: number, position: number) {
    super(
      `The journal's shard ${shard} differs from what has been applied before position ${position}: was it restored from an older backup? Run "perennial rebuild ${service}" to compute the read models from the journal as it is now.`,
    );
  }
}

/** Events fetched and projected, ready to be written. */
interface Batch {
  events: RecordedEvent[];
  moves: Move[];
  projected: Projected;
}

interface Stale {
  models: readonly ReadModel[];
  why: string;
  fields: Record<string, unknown>;
}

/** Events applied in a start that had to catch up by more than this are applied by a rebuild: COPY is quicker. */
const REBUILD_FROM_BACKLOG = 200_000;

/** Most events of a batch. Two are written at a time while a third one is fetched, of each service of a process. */
const BATCH_SIZE = 5_000;
const WRITINGS = 2;
/** How often a build at the start says how far it is, in milliseconds. */
const PROGRESS_EVERY = 5_000;
/** Events in the tables with which they are analysed, and the factor to the next time. */
const FIRST_ANALYSIS = 5_000;
const ANALYSIS_GROWTH = 4;
/** Tells how large tables are and how often keys repeat, from a tenth of the rows that the server's own would read. */
const QUICK_ANALYSIS = 'set local default_statistics_target to 10';

const behindInAll = (behind: ReadonlyMap<number, number>): number =>
  [...behind.values()].reduce((sum, events) => sum + Math.max(0, events), 0);

const quiet: RunnerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Keeps one service's read models: claims shards, applies batches under the fence, sends decisions on. */
export class Runner {
  readonly counters: RunnerCounters = {
    applied: 0,
    duplicates: 0,
    gaps: 0,
    fencesLost: 0,
    unapplied: 0,
    decisions: 0,
    refused: 0,
    batches: 0,
    retries: 0,
  };
  readonly layout: Layout;
  readonly target: Target;
  private readonly claims = new Map<number, Claim>();
  /** The last event fetched of each shard, which may not be written yet. */
  private readonly heads = new Map<number, Pick<Claim, 'position' | 'lastEventId'>>();
  /** Fetched, but there was no room for what is missing before them. */
  private waiting: readonly Span[] = [];
  /** Shards whose gap is filled in several pieces. */
  private readonly filling = new Set<number>();
  private readonly stopping = new AbortController();
  private starting?: Promise<void>;
  private running?: Promise<void>;
  private stopped?: Promise<void>;
  private readonly log: RunnerLog;
  private lastProblem?: string;
  private writings = new Writings();
  /** How many decisions were made when they were sent on last. */
  private flushed = 0;
  /** The last one, and how many have not ended: they go one after the other. */
  private sending: Promise<void> = Promise.resolve();
  private sendings = 0;
  /** With how many events applied in all, also by others and before this start, the tables are analysed next. */
  private nextAnalysis = FIRST_ANALYSIS;
  private analyzing?: Promise<void>;
  private vacuuming: Promise<void> = Promise.resolve();
  private reporting?: NodeJS.Timeout;
  private reported = '';
  /** When a batch was committed last, since the start. */
  appliedAt?: Date;

  constructor(readonly options: RunnerOptions) {
    const { models, opener } = options;
    this.layout = new Layout(models.schema);
    this.log = options.log ?? quiet;
    this.target = {
      models,
      layout: this.layout,
      consumer: models.schema,
      projector: new Projector(models.facts, models.policies, models.without, opener),
      live: true,
    };
  }

  /** What keeps the runner from advancing, if anything. */
  get problem(): string | undefined {
    return this.lastProblem ?? this.options.stream.problem;
  }

  /**
   * Why nobody should ask for what it keeps, if so. Where only the stream is away, it is as fresh as it can be; a new
   * process, however, shows first that it can read.
   */
  get unfit(): string | undefined {
    const { problem, hasJoined } = this.options.stream;
    return this.lastProblem ?? (hasJoined ? undefined : (problem ?? 'It has not come into its group yet.'));
  }

  private get batchSize(): number {
    return this.options.batchSize ?? BATCH_SIZE;
  }

  get shards(): number[] {
    return [...this.claims.keys()];
  }

  start(): Promise<void> {
    this.starting = this.begin();
    return this.starting;
  }

  private async begin(): Promise<void> {
    await this.prepare();
    await this.options.stream.join({
      without: this.options.models.without,
      gained: (shards) => this.take(shards),
      lost: async (shards) => {
        for (const shard of shards) {
          this.claims.delete(shard);
          this.heads.delete(shard);
        }
      },
    });
    this.running = this.run();
    this.reporting = setInterval(() => void this.report().catch(() => undefined), 2_000);
    this.reporting.unref();
  }

  /** Stops fetching, finishes the batch in hand, gives the shards back: once, however often it is asked to. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.stopping.abort();
    // A runner that is stopped before it has joined would join afterwards, and keep its shards from others.
    await this.starting?.catch(() => undefined);
    clearInterval(this.reporting);
    await this.running;
    await this.sending.catch(() => undefined);
    await this.report().catch(() => undefined);
    await this.options.stream.leave();
    await this.analyzing;
    await this.vacuuming;
  }

  /** Creates what is missing, and builds what another definition had built, or what lies far behind. */
  async prepare(): Promise<void> {
    const { models, pool, journal } = this.options;
    await onConnection(pool, async (client) => {
      await prepareSchema(client, models);
      // Of several processes that start at once, one makes the tables; the others must not make them anew under it.
      await inTransaction(client, this.layout, 'exclusive', async () => {
        const known = await builtModels(client, models.schema);
        if (known.size === 0) await createTables(client, models.schema, models.all);
      });
      const stale = await this.stale(client);
      if (stale.models.length > 0) {
        this.log.info(stale.why, stale.fields);
        await this.rebuild(stale.models, async () => (await this.stale(client)).models.length > 0);
      }
      await replaceViews(client, models);
      await inTransaction(client, this.layout, 'shared', () =>
        reconcile(client, models, this.layout, 'start'),
      );
      await retryRefused(pool, models.schema);
      await flushOutbox(pool, models.schema, journal);
    });
    await this.retryUnapplied();
  }

  /** The read models that have to be built: those that another definition has built, or all that lie far behind. */
  private async stale(client: pg.ClientBase): Promise<Stale> {
    const { models } = this.options;
    const changed = await this.builtByOthers(client);
    if (changed.length > 0)
      return {
        models: changed,
        why: 'read models have changed and are built again',
        fields: { models: changed.map(({ name }) => name) },
      };
    const events = await this.backlog();
    const isFar = events > this.rebuildFrom(await this.hasAppliedNothing(client));
    return {
      models: isFar ? models.all : [],
      why: 'far behind the journal: building from it',
      fields: { events },
    };
  }

  /** The read models that are there by another definition. */
  private async builtByOthers(client: pg.ClientBase | pg.Pool): Promise<ReadModel[]> {
    const { all, schema } = this.options.models;
    const built = await builtModels(client, schema);
    return all.filter(({ name, fingerprint }) => built.get(name) !== fingerprint);
  }

  /** At a start nobody watches a progress bar, and whoever waits for the service wonders. Whoever is told to stop gives up. */
  private async rebuild(models: readonly ReadModel[], isStillNeeded: () => Promise<boolean>): Promise<void> {
    let told = Date.now();
    await rebuild(
      this.options,
      models.map(({ name }) => name),
      (progress) => {
        if (this.stopping.signal.aborted) throw new Error('The build was given up: the service is stopping.');
        if (progress.stage !== 'done' && Date.now() - told < PROGRESS_EVERY) return;
        told = Date.now();
        this.log.info('building read models from the journal', { ...progress });
      },
      isStillNeeded,
    );
  }

  /** True for a new service, also when its first start was cut off after the tables were made. */
  private async hasAppliedNothing(client: pg.ClientBase): Promise<boolean> {
    const { rows } = await client.query<{ applied: string }>(
      `select coalesce(sum(position), 0) as applied from ${quoted(this.layout.live)}.cursor where consumer = $1`,
      [this.options.models.schema],
    );
    return Number(rows[0]?.applied) === 0;
  }

  /** Policies that replayed history would decide anew what they decided long ago; a build asks them once, at its end. */
  private rebuildFrom(isNew: boolean): number {
    const { models, rebuildFrom } = this.options;
    return rebuildFrom ?? (isNew && models.policies.length > 0 ? 0 : REBUILD_FROM_BACKLOG);
  }

  /** How many events of the journal are not applied yet. */
  async backlog(): Promise<number> {
    return behindInAll(await this.behind());
  }

  /** How many events of each shard are not applied yet; less than none where more were applied than the journal has. */
  private async behind(): Promise<Map<number, number>> {
    const { models, pool, journal } = this.options;
    const { rows } = await pool.query<{ shard: number; position: string }>(
      `select shard, position from ${quoted(this.layout.live)}.cursor where consumer = $1`,
      [models.schema],
    );
    const applied = new Map(rows.map(({ shard, position }) => [shard, Number(position)]));
    return new Map(
      (await journal.heads()).map(({ shard, position }) => [shard, position - (applied.get(shard) ?? 0)]),
    );
  }

  /** Resolves when everything that is in the journal now, and the decisions that follow from it, are applied. */
  async caughtUp(timeout = 60_000): Promise<void> {
    for (const until = Date.now() + timeout; ;) {
      // A batch in between may have appended decisions after we looked: then we look again.
      const { batches } = this.counters;
      const isBusy = () => this.writings.size + this.sendings > 0;
      if (!isBusy() && (await this.backlog()) === 0 && !isBusy() && batches === this.counters.batches) return;
      if (Date.now() > until)
        throw new Error(
          `${this.options.models.schema} has not caught up within ${timeout} ms: ${this.lastProblem ?? 'still applying'}`,
        );
      await sleep(10);
    }
  }

  /** Applies events again that could not be applied, e.g. because their type was newer than the service. Any order gives the same state. */
  async retryUnapplied(): Promise<number> {
    const { models, pool, journal } = this.options;
    const table = `${quoted(this.layout.live)}.unapplied`;
    const { rows } = await pool.query<{ event_id: string; shard: number; position: string }>(
      `select event_id, shard, position from ${table} order by shard, position`,
    );
    let applied = 0;
    for (const row of rows) {
      const [event] = await journal.readShard(row.shard, Number(row.position) - 1, 1);
      if (event?.eventId !== row.event_id) continue;
      applied += await onConnection(pool, (client) => retryOne(client, this.target, event, table));
    }
    if (applied > 0)
      this.log.info('events that could not be applied before are applied now', {
        events: applied,
        service: models.schema,
      });
    return applied;
  }

  /** Writes down how far we are, for the analysts' "freshness" view. */
  async report(): Promise<void> {
    // Decisions that a killed process, or a failed attempt, left behind.
    await flushOutbox(this.options.pool, this.options.models.schema, this.options.journal);
    await this.lookAtRefused();
    const behind = await this.behind();
    const backlog = behindInAll(behind);
    this.lookAtProblem(behind);
    const seen = `${backlog} ${this.counters.applied}`;
    if (seen === this.reported) return;
    await this.options.pool.query(
      `insert into ${quoted(this.layout.live)}.progress (consumer, applied, backlog, applied_at, checked_at)
       select $1, sum(position), $2, $3, now() from ${quoted(this.layout.live)}.cursor where consumer = $1
       on conflict (consumer) do update set applied = excluded.applied, backlog = excluded.backlog,
         applied_at = coalesce(excluded.applied_at, progress.applied_at), checked_at = excluded.checked_at`,
      [this.options.models.schema, backlog, this.appliedAt],
    );
    this.reported = seen;
  }

  /**
   * A journal that was restored to fewer events than were applied gives no event whose past could be compared. And a
   * problem that is over, such as a database that was away, is over also where no event comes after it.
   */
  private lookAtProblem(behind: ReadonlyMap<number, number>): void {
    const shorter = [...behind].find(([, events]) => events < 0);
    if (shorter) {
      const [shard, events] = shorter;
      const position = (this.heads.get(shard)?.position ?? 0) + events + 1;
      const { message } = new JournalDiverged(this.options.models.schema, shard, position);
      if (message !== this.lastProblem)
        this.log.error('the journal has fewer events than were applied', { shard, problem: message });
      this.lastProblem = message;
    } else if (this.writings.size === 0 && behindInAll(behind) === 0) this.lastProblem = undefined;
  }

  /** A decision that the journal does not take is told; the others go on. */
  private async lookAtRefused(): Promise<void> {
    const { pool, models } = this.options;
    const refused = await refusedDecisions(pool, models.schema);
    if (refused > this.counters.refused)
      this.log.error(
        'decisions are larger than the journal takes: they wait in the outbox and are tried again at the next start',
        { decisions: refused, service: models.schema },
      );
    this.counters.refused = Math.max(this.counters.refused, refused);
  }

  private async take(shards: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const { models, pool } = this.options;
    const foreign = await this.builtByOthers(pool);
    if (foreign.length > 0)
      throw new Error(
        `The tables ${foreign.map(({ name }) => name).join(', ')} were built by another version of ${models.schema}; this one leaves them alone.`,
      );
    const claims = await claim(pool, models.schema, models.schema, shards);
    for (const [shard, claimed] of claims) {
      this.claims.set(shard, claimed);
      this.heads.set(shard, claimed);
    }
    // What is there when shards come was analysed as it grew, or when it was built: analysing large tables takes seconds.
    this.nextAnalysis = Math.max(FIRST_ANALYSIS, this.appliedInAll() * ANALYSIS_GROWTH);
    return new Map([...claims].map(([shard, { position }]) => [shard, position]));
  }

  /**
   * Batches are written while the next is fetched and projected: the database and we work at the same time. Two are
   * written at a time where they move different shards, so that the one works for the database while the other waits
   * for it; after a failure one, in case they were in each other's way.
   */
  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const fetching = new AbortController();
      const either = AbortSignal.any([signal, fetching.signal]);
      this.writings = new Writings(() => fetching.abort());
      let next = this.fetch(either);
      try {
        while (!signal.aborted) {
          const batch = await next;
          next = this.fetch(either);
          // A failure of it is met when it is awaited.
          next.catch(() => undefined);
          const shards = batch.moves.map(({ shard }) => shard);
          await this.writings.add(shards, failures > 0 ? 1 : WRITINGS, async () => {
            await this.commit(batch);
            failures = 0;
            this.lastProblem = undefined;
          });
        }
        await this.writings.ended();
        if (this.writings.failures.length > 0) throw this.writings.failures[0];
      } catch (error) {
        // What was fetched ahead builds on what was not written: it is dropped before we ask where to go on.
        fetching.abort();
        const ahead = await next.then(
          () => [],
          (failure: unknown) => [failure],
        );
        await this.writings.ended();
        this.waiting = [];
        // The error may be the first of them, or one of the batch that was fetched meanwhile.
        const problems = new Set([...this.writings.failures, error, ...ahead]);
        failures++;
        await this.recover([...problems], failures);
      }
      fetching.abort();
      await next.catch(() => undefined);
    }
  }

  private async fetch(signal: AbortSignal): Promise<Batch> {
    const fetched =
      this.waiting.length > 0 ? this.waiting : await this.options.stream.next(this.batchSize, signal);
    this.waiting = [];
    const spans = (await this.inSequence(fetched)).filter(({ shard }) => this.claims.has(shard));
    const events = spans.flatMap((span) => span.events);
    const projected = await this.target.projector.project(events);
    return { events, moves: movesOf(spans, this.claims), projected };
  }

  private async commit({ events, moves, projected }: Batch): Promise<void> {
    const { pool, batches = pool, failpoint } = this.options;
    if (moves.length === 0) return;
    await failpoint?.('before batch');
    const { unapplied, decisions } = await onConnection(batches, (client) =>
      applyBatch(client, this.target, events, moves, projected),
    );
    await failpoint?.('after commit');
    this.moved(moves);
    this.count(moves, unapplied, decisions);
    if (this.appliedInAll() >= this.nextAnalysis)
      this.analyzing ??= this.analyze().finally(() => (this.analyzing = undefined));
    if (events.some(({ type }) => type === ERASURE))
      this.vacuuming = this.vacuuming.then(() => this.vacuum());
    if (this.counters.decisions > this.flushed) await this.sendDecisions();
  }

  /** Sends decisions on while the next batch is written. A failure of those before is met here. */
  private async sendDecisions(): Promise<void> {
    const { pool, models, journal } = this.options;
    const before = this.sending;
    this.flushed = this.counters.decisions;
    this.sendings++;
    this.sending = before
      .catch(() => undefined)
      .then(() => flushOutbox(pool, models.schema, journal))
      .then(() => undefined)
      .catch((error: unknown) => {
        this.flushed = 0;
        throw error;
      })
      .finally(() => this.sendings--);
    // Until the next batch comes, whoever reports tries again.
    this.sending.catch(() => undefined);
    await before;
  }

  /**
   * Tables that grow quickly, as in a first import, outrun the server's own statistics: it would plan as if they
   * were empty, and read all of a table for each batch.
   */
  private async analyze(): Promise<void> {
    const { models, pool } = this.options;
    this.nextAnalysis = this.appliedInAll() * ANALYSIS_GROWTH;
    const tables = models.all.map(({ name }) => `${this.layout.schemaOf(name)}.${quoted(name)}`);
    // Two that analyse one table wait for each other; that one is enough.
    await pool.query(`${QUICK_ANALYSIS}; analyze (skip_locked) ${tables.join(', ')}`).catch(() => undefined);
  }

  /** Former versions of rows would keep, until a later vacuum, what was just forgotten. */
  private async vacuum(): Promise<void> {
    const { models, pool } = this.options;
    const opened = models.facts.filter(({ opens }) => opens).map(({ table }) => table.name);
    const tables = opened.map((name) => `${this.layout.schemaOf(name)}.${quoted(name)}`);
    if (tables.length > 0) await pool.query(`vacuum ${tables.join(', ')}`).catch(() => undefined);
  }

  /** Events in our shards up to our claims. */
  private appliedInAll(): number {
    return [...this.claims.values()].reduce((sum, { position }) => sum + position, 0);
  }

  private count(moves: readonly Move[], unapplied: readonly Unapplied[], decisions: number): void {
    this.appliedAt = new Date();
    this.counters.batches++;
    this.counters.applied += moves.reduce((sum, { from, to }) => sum + to - from, 0) - unapplied.length;
    this.counters.unapplied += unapplied.length;
    this.counters.decisions += decisions;
    for (const { event, reason, message } of unapplied)
      this.log.warn('an event could not be applied', {
        eventId: event.eventId,
        shard: event.shard,
        position: event.position,
        reason,
        problem: message,
      });
  }

  /**
   * Drops what is applied already; fills gaps from the journal; makes sure that each span follows what came before.
   * A topic that lost its past is one gap in every shard: it is filled with no more than a batch at a time, and the
   * spans after it wait.
   */
  private async inSequence(fetched: readonly Span[]): Promise<Span[]> {
    const spans: Span[] = [];
    const accept = (span: Span) => {
      const head = this.heads.get(span.shard);
      if (span.after !== head?.position || span.previousId !== head.lastEventId)
        throw new JournalDiverged(this.options.models.schema, span.shard, span.after + 1);
      this.heads.set(span.shard, { position: span.position, lastEventId: span.lastEventId });
      spans.push(span);
    };
    let room = this.batchSize;
    for (const [index, span] of fetched.entries()) {
      const head = this.heads.get(span.shard);
      if (!head) continue;
      this.counters.duplicates += Math.max(0, Math.min(span.position, head.position) - span.after);
      if (span.position <= head.position) continue;
      if (span.after > head.position) {
        const missing = room > 0 ? await this.missing(span, head.position, room) : [];
        missing.forEach(accept);
        room -= missing.reduce((sum, { events }) => sum + events.length, 0);
        if (room <= 0 && (this.heads.get(span.shard)?.position ?? 0) < span.after) {
          this.waiting = fetched.slice(index);
          break;
        }
        this.filling.delete(span.shard);
      }
      accept(span.after < head.position ? remainder(span, head) : span);
    }
    return spans;
  }

  /** What the stream has left out before a span, or the first `limit` events of it. */
  private async missing({ shard, after }: Span, from: number, limit: number): Promise<Span[]> {
    if (!this.filling.has(shard)) {
      this.filling.add(shard);
      this.counters.gaps++;
      this.log.error('a gap in the stream is filled from the journal', {
        shard,
        after: from,
        before: after + 1,
      });
    }
    const { journal, models } = this.options;
    return journal.readShards(
      [{ shard, after: from, upTo: after }],
      Math.min(limit, after - from),
      models.without,
    );
  }

  private moved(moves: readonly Move[]): void {
    // A shard that was lost meanwhile, or lost and gained again, is not what it was when the batch began.
    for (const { shard, epoch, to, lastEventId } of moves)
      if (this.claims.get(shard)?.epoch === epoch)
        this.claims.set(shard, { position: to, epoch, lastEventId });
  }

  private async recover(problems: readonly unknown[], failures: number): Promise<void> {
    const { stream } = this.options;
    for (const problem of problems) this.failed(problem, failures);
    if (this.stopping.signal.aborted) return;
    await sleep(Math.min(5_000, 20 * 2 ** Math.min(failures, 8)));
    try {
      // Whatever happened, the truth about how far we are is in the database; the claim also fences off a rival.
      for (const [shard, position] of await this.take(this.shards)) stream.seek(shard, position);
    } catch (again) {
      // Without it we would go on after the events that were dropped, and miss them until their shard's next one.
      await this.recover([again], failures + 1);
    }
  }

  private failed(error: unknown, failures: number): void {
    this.lastProblem = error instanceof Error ? error.message : String(error);
    if (error instanceof FenceLost) this.counters.fencesLost++;
    else this.counters.retries++;
    this.log[error instanceof FenceLost ? 'warn' : 'error']('a batch was not applied and is tried again', {
      problem: this.lastProblem,
      failures,
    });
  }
}

/** The part of a span that lies behind what we have. Where nothing in it tells what that part follows, nothing contradicts us. */
function remainder(span: Span, { position, lastEventId }: Pick<Claim, 'position' | 'lastEventId'>): Span {
  const events = span.events.filter((event) => event.position > position);
  const next = events[0]?.position === position + 1 ? events[0].previousId : undefined;
  const same = span.events.find((event) => event.position === position)?.eventId;
  return { ...span, after: position, previousId: next ?? same ?? lastEventId, events };
}

async function retryOne(
  client: pg.PoolClient,
  target: Target,
  event: RecordedEvent,
  table: string,
): Promise<number> {
  return inTransaction(client, target.layout, 'shared', async () => {
    // Whoever applies batches of this shard waits: what the rows added to sums must not change in between.
    await client.query(
      `select from ${quoted(target.layout.live)}.cursor where consumer = $1 and shard = $2 for update`,
      [target.consumer, event.shard],
    );
    const { rowCount } = await client.query(`delete from ${table} where event_id = $1`, [event.eventId]);
    // Another process that starts at the same time has applied it.
    if (rowCount === 0) return 0;
    const { unapplied } = await writeEvents(client, target, [event]);
    return unapplied.length === 0 ? 1 : 0;
  });
}
