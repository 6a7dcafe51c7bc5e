import type { Journal, RecordedEvent, ShardHead } from '@perennial/journal';
import type pg from 'pg';
import { isAppendOnly } from '../facts/fact-table.js';
import { Fold } from '../facts/fold.js';
import type { Facts } from '../facts/facts.js';
import type { ReadModel, ReadModels } from '../read-models.js';
import { quoted } from '../storage/column.js';
import { Layout } from '../storage/layout.js';
import { inTransaction, isDataError, writeEvents, type Target } from './batch.js';
import { Projector, type Opener, type Unapplied } from './projector.js';
import { copyRows, Writer } from './writer.js';

export interface BuildSource {
  models: ReadModels;
  pool: pg.Pool;
  journal: Journal;
  opener?: Opener;
}

export interface BuildProgress {
  /** Events read so far, and how many there were when the build began. */
  events: number;
  of: number;
  stage: 'reading' | 'computing' | 'catching up' | 'switching' | 'comparing' | 'done';
}

export type OnProgress = (progress: BuildProgress) => void;

const READ_AT_ONCE = 20_000;
/** Shards are loaded together until they hold so many events: a load of a few rows costs as much as one of thousands. */
const EVENTS_IN_GROUP = 50_000;
/** Folded rows that may wait in memory for their shard to end. */
const ROWS_IN_MEMORY = 100_000;

/** From how many rows on they are loaded before their shards have ended. */
const mayWait = ({ table }: Facts) => (isAppendOnly(table) ? READ_AT_ONCE : ROWS_IN_MEMORY);

/** Where an event stands in the journal. */
interface Place {
  shard: number;
  position: number;
}

/**
 * Computes read models from the journal into tables of their own beside the live ones: facts by folding
 * each shard in memory and loading it with COPY, computed tables by one statement each.
 */
export class Build {
  readonly layout: Layout;
  readonly models: ReadModel[];
  readonly positions = new Map<number, number>();
  private readonly facts: Facts[];
  private readonly target: Target;
  /** Rows that events on several shards contribute to; merged when all shards are loaded. */
  private readonly shared: Map<Facts, Fold>;
  /** Tables too large to be folded in memory: they have their key already, and rows are merged into them. */
  private readonly merging = new Set<Facts>();
  /** Events that this build could not apply. */
  unapplied: Unapplied[] = [];
  /** Events that the live tables leave out, and therefore we. */
  private leftOut: ReadonlyMap<string, Place> = new Map();
  private events = 0;
  private of = 0;
  private loading: Promise<void> = Promise.resolve();

  constructor(
    private readonly source: BuildSource,
    names: readonly string[],
    private readonly schema: string,
    /** Whether it finds out anew which events can't be applied, or leaves out those that the live tables do. */
    private readonly judging: 'anew' | 'as live',
    private readonly progress: OnProgress = () => undefined,
  ) {
    const { models, opener } = source;
    this.models = models.withDependants(names);
    const built = new Set(this.models.map(({ name }) => name));
    this.layout = new Layout(models.schema, { schema, names: built });
    this.facts = models.facts.filter(({ table }) => built.has(table.name));
    this.target = {
      models: models.only(built),
      layout: this.layout,
      consumer: schema,
      projector: new Projector(this.facts, [], models.without, opener),
      live: false,
    };
    this.shared = this.emptyFolds();
  }

  /** Makes the tables and reads the journal as far as it goes now, or up to these positions. */
  async run(client: pg.ClientBase, upTo?: ReadonlyMap<number, number>): Promise<void> {
    await client.query(
      `drop schema if exists ${quoted(this.schema)} cascade; create schema ${quoted(this.schema)}`,
    );
    for (const model of this.models) await client.query(model.create(quoted(this.schema)));
    if (this.judging === 'as live') this.leftOut = await this.liveUnapplied(client);
    if (this.facts.length > 0) await this.readJournal(client, upTo);
    this.report('computing');
    for (const model of this.models.filter(({ kind }) => kind !== 'facts')) {
      await inTransaction(client, this.layout, 'shared', () => this.fill(client, model));
      await this.index(client, model);
      await this.analyze(client, model.name);
    }
  }

  /** Applies what has come since, up to these positions, inside the caller's transaction. */
  async catchUp(client: pg.ClientBase, to: ReadonlyMap<number, number>): Promise<void> {
    if (this.facts.length === 0) return this.refillAll(client);
    this.report('catching up');
    if (this.judging === 'as live') await this.followRetries(client);
    const heads = [...to].map(([shard, position]) => ({ shard, position, eventId: null }));
    for await (const events of this.eventsOf(heads))
      this.unapplied.push(...(await writeEvents(client, this.target, events)).unapplied);
    for (const model of this.models.filter(({ kind }) => kind === 'computed'))
      await this.refill(client, model);
    // Facts that this build only reads have moved on, too: nobody has told it whose rows that changes.
    if (this.facts.length < this.source.models.facts.length) await this.refillAll(client);
  }

  report(stage: BuildProgress['stage']): void {
    this.progress({ events: this.events, of: this.of, stage });
  }

  private async readJournal(client: pg.ClientBase, upTo?: ReadonlyMap<number, number>): Promise<void> {
    const heads = (await this.source.journal.heads())
      .map((head) => ({ ...head, position: Math.min(head.position, upTo?.get(head.shard) ?? Infinity) }))
      .filter(({ position }) => position > 0);
    this.of = heads.reduce((sum, { position }) => sum + position, 0);
    try {
      for (const group of groups(heads)) await this.foldShards(client, group);
      await this.loading;
      for (const facts of this.facts) await this.beginMerging(client, facts);
      await inTransaction(client, this.layout, 'shared', () => this.merge(client, this.shared));
    } catch (error) {
      // The connection is ours again only when the load on it has ended, too.
      await this.loading.catch(() => undefined);
      if (!isDataError(error)) throw error;
      await this.applyAll(client, heads);
    }
    this.shared.forEach((fold) => fold.clear());
    for (const { table } of this.facts) await this.analyze(client, table.name);
  }

  /** The server's own statistics would come a minute later: until then each batch would be planned for an empty table. */
  private async analyze(client: pg.ClientBase, name: string): Promise<void> {
    await client.query(`analyze ${quoted(this.schema)}.${quoted(name)}`);
  }

  /** The database has refused a row: begin again, batch by batch, so that only the event it came from is left out. */
  private async applyAll(client: pg.ClientBase, heads: readonly ShardHead[]): Promise<void> {
    this.positions.clear();
    this.merging.clear();
    this.unapplied = [];
    this.events = 0;
    for (const { table } of this.facts) {
      await client.query(`drop table ${quoted(this.schema)}.${quoted(table.name)}`);
      await client.query(this.models.find(({ name }) => name === table.name)!.create(quoted(this.schema)));
    }
    for (const facts of this.facts) await this.beginMerging(client, facts);
    const factsOnly = {
      ...this.target,
      models: this.source.models.only(new Set(this.facts.map(({ table }) => table.name))),
    };
    for await (const events of this.eventsOf(heads)) {
      const { unapplied } = await inTransaction(client, this.layout, 'shared', () =>
        writeEvents(client, factsOnly, events),
      );
      this.unapplied.push(...unapplied);
      this.events += events.length;
      this.report('reading');
    }
  }

  private async foldShards(client: pg.ClientBase, heads: readonly ShardHead[]): Promise<void> {
    const folds = this.emptyFolds();
    // The next events are read while these are folded, and what was folded before is loaded.
    for await (const events of ahead(this.eventsOf(heads))) {
      this.unapplied.push(...(await this.target.projector.project(events, folds)).unapplied);
      this.events += events.length;
      this.report('reading');
      const full = [...folds].filter(([facts, fold]) => fold.size >= mayWait(facts));
      for (const [facts] of full) folds.set(facts, new Fold(facts));
      if (full.length > 0) await this.loadBehind(client, full);
    }
    await this.loadBehind(client, [...folds]);
  }

  /** Begins a load as soon as the one before it has ended, and does not wait for its end. */
  private async loadBehind(client: pg.ClientBase, folds: readonly [Facts, Fold][]): Promise<void> {
    await this.loading;
    this.loading = inTransaction(client, this.layout, 'shared', async () => {
      for (const [facts, fold] of folds) await this.load(client, facts, fold);
    });
    // Its failure is met by whoever waits for it next.
    this.loading.catch(() => undefined);
  }

  private merge(client: pg.ClientBase, folds: ReadonlyMap<Facts, Fold>): Promise<void> {
    return new Writer(client, this.layout, [], []).write(folds);
  }

  private async load(client: pg.ClientBase, facts: Facts, fold: Fold): Promise<void> {
    if (fold.size === 0) return;
    if (!isAppendOnly(facts.table) && fold.size >= mayWait(facts)) await this.beginMerging(client, facts);
    if (this.merging.has(facts)) {
      await this.merge(client, new Map([[facts, fold]]));
    } else {
      const shared = this.shared.get(facts) as Fold;
      fold.takeForeign(shared);
      await copyRows(client, facts.table, this.layout.schemaOf(facts.table.name), fold);
      if (shared.size > ROWS_IN_MEMORY) {
        await this.beginMerging(client, facts);
        await this.merge(client, new Map([[facts, shared]]));
        shared.clear();
      }
    }
  }

  /** Gives a table its key and indexes, so that from now on rows are merged into it. */
  private async beginMerging(client: pg.ClientBase, facts: Facts): Promise<void> {
    if (this.merging.has(facts)) return;
    await this.index(client, this.models.find(({ name }) => name === facts.table.name) as ReadModel);
    this.merging.add(facts);
  }

  /** The events of the shards up to their heads, from where we are, in pages. */
  private async *eventsOf(heads: readonly ShardHead[]): AsyncGenerator<RecordedEvent[]> {
    const { journal, models } = this.source;
    const positionOf = (shard: number) => this.positions.get(shard) ?? 0;
    for (;;) {
      const ranges = heads
        .map(({ shard, position }) => ({ shard, after: positionOf(shard), upTo: position }))
        .filter(({ after, upTo }) => after < upTo);
      if (ranges.length === 0) return;
      const spans = await journal.readShards(ranges, READ_AT_ONCE, models.without);
      if (spans.length === 0)
        throw new Error(
          `The journal ends at ${ranges[0]!.after} in shard ${ranges[0]!.shard}, though ${ranges[0]!.upTo} events of it are known.`,
        );
      for (const { shard, position } of spans) this.positions.set(shard, position);
      const events = spans.flatMap((span) => span.events);
      yield this.leftOut.size > 0 ? events.filter(({ eventId }) => !this.leftOut.has(eventId)) : events;
    }
  }

  private async liveUnapplied(client: pg.ClientBase): Promise<Map<string, Place>> {
    const { rows } = await client.query<{ event_id: string; shard: number; position: string }>(
      `select event_id, shard, position from ${quoted(this.layout.live)}.unapplied`,
    );
    return new Map(
      rows.map(({ event_id, shard, position }) => [event_id, { shard, position: Number(position) }]),
    );
  }

  /** What could not be applied when we began may have been applied since, and the other way round. */
  private async followRetries(client: pg.ClientBase): Promise<void> {
    const before = this.leftOut;
    this.leftOut = await this.liveUnapplied(client);
    const read = ({ shard, position }: Place) => position <= (this.positions.get(shard) ?? 0);
    for (const [eventId, place] of this.leftOut)
      if (!before.has(eventId) && read(place))
        throw new Error('An event was set aside while the tables were built. Run the command again.');
    for (const [eventId, place] of before) {
      if (this.leftOut.has(eventId) || !read(place)) continue;
      await writeEvents(
        client,
        this.target,
        await this.source.journal.readShard(place.shard, place.position - 1, 1),
      );
    }
  }

  /** Computes the computed tables again, while the live facts hold still. */
  private async refillAll(client: pg.ClientBase): Promise<void> {
    for (const model of this.models.filter(({ kind }) => kind !== 'facts')) await this.refill(client, model);
  }

  private async refill(client: pg.ClientBase, model: ReadModel): Promise<void> {
    await client.query(`truncate ${quoted(this.schema)}.${quoted(model.name)}`);
    await this.fill(client, model);
  }

  private async fill(client: pg.ClientBase, model: ReadModel): Promise<void> {
    const schema = quoted(this.schema);
    if (model.compute) await model.compute(client, schema);
    else await client.query(model.fill?.(schema, this.layout.schemaOf) ?? '');
  }

  private emptyFolds = () => new Map(this.facts.map((facts) => [facts, new Fold(facts)]));

  private async index(client: pg.ClientBase, model: ReadModel): Promise<void> {
    for (const statement of model.index(quoted(this.schema))) await client.query(statement);
  }
}

function* groups(heads: readonly ShardHead[]): Generator<ShardHead[]> {
  let group: ShardHead[] = [];
  let events = 0;
  for (const head of heads) {
    group.push(head);
    events += head.position;
    if (events < EVENTS_IN_GROUP) continue;
    yield group;
    [group, events] = [[], 0];
  }
  if (group.length > 0) yield group;
}

/** Asks for the next item before it hands this one over. */
async function* ahead<Item>(items: AsyncGenerator<Item>): AsyncGenerator<Item> {
  let next = items.next();
  for (;;) {
    const step = await next;
    if (step.done) return;
    next = items.next();
    // Looked at in the next turn; if there is none, its failure is nobody's.
    next.catch(() => undefined);
    yield step.value;
  }
}
