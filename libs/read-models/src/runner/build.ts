import { SHARDS, type Journal, type RecordedEvent } from '@perennial/journal';
import type pg from 'pg';
import { isAppendOnly } from '../facts/fact-table.sql.js';
import { Fold, type FoldedRow } from '../facts/fold.js';
import type { Facts } from '../facts/facts.js';
import type { ReadModel, ReadModels } from '../read-models.js';
import { quoted } from '../storage/column.js';
import { Layout } from '../storage/layout.js';
import { inTransaction, isDataError, writeEvents, type Target } from './batch.js';
import { Projector, type Opener, type Upcaster } from './projector.js';
import { copyRows, Writer } from './writer.js';

export interface BuildSource {
  models: ReadModels;
  pool: pg.Pool;
  journal: Journal;
  upcast: Upcaster;
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
/** Folded rows that may wait in memory for their shard to end. */
const ROWS_IN_MEMORY = 400_000;

/**
 * Computes read models from the journal into tables of their own beside the live ones: facts by folding
 * each shard in memory and loading it with COPY, derived tables by one statement each.
 */
export class Build {
  readonly layout: Layout;
  readonly models: ReadModel[];
  readonly positions = new Map<number, number>();
  private readonly facts: Facts[];
  private readonly target: Target;
  /** Rows that events on several shards contribute to; merged at the end. */
  private readonly shared: Map<Facts, Fold>;
  private events = 0;
  private of = 0;

  constructor(
    private readonly source: BuildSource,
    names: readonly string[],
    private readonly schema: string,
    private readonly progress: OnProgress = () => undefined,
  ) {
    const { models, upcast, opener } = source;
    this.models = models.withDependants(names);
    const built = new Set(this.models.map(({ name }) => name));
    this.layout = new Layout(models.schema, { schema, names: built });
    this.facts = models.facts.filter(({ table }) => built.has(table.name));
    this.target = {
      models: subset(models, built),
      layout: this.layout,
      consumer: schema,
      projector: new Projector(this.facts, [], upcast, opener),
      live: false,
    };
    this.shared = this.emptyFolds();
  }

  /** Makes the tables and reads the journal as far as it goes now. */
  async run(client: pg.ClientBase): Promise<void> {
    await client.query(`drop schema if exists ${quoted(this.schema)} cascade; create schema ${quoted(this.schema)}`);
    for (const model of this.models) await client.query(model.create(quoted(this.schema)));
    if (this.facts.length > 0) {
      const heads = new Map((await this.source.journal.heads()).map(({ shard, position }) => [shard, position]));
      this.of = [...heads.values()].reduce((sum, position) => sum + position, 0);
      for (let shard = 0; shard < SHARDS; shard++) await this.buildShard(client, shard, heads.get(shard) ?? 0);
    }
    for (const model of this.models.filter(({ kind }) => kind === 'facts')) await this.index(client, model);
    if (this.facts.length > 0) await this.writeShared(client);
    await client.query(`analyze`.concat(this.facts.length ? ` ${this.facts.map(({ table }) => `${quoted(this.schema)}.${quoted(table.name)}`).join(', ')}` : ''));
    this.report('computing');
    for (const model of this.models.filter(({ kind }) => kind !== 'facts')) {
      await inTransaction(client, this.layout, 'shared', async () => {
        await client.query(model.fill?.(quoted(this.schema), this.layout.schemaOf) ?? '');
      });
      await this.index(client, model);
    }
  }

  /** Applies what has come since, up to these positions, inside the caller's transaction. */
  async catchUp(client: pg.ClientBase, to: ReadonlyMap<number, number>): Promise<void> {
    if (this.facts.length === 0) return this.refill(client);
    this.report('catching up');
    for (const [shard, end] of to) {
      for (let position = this.positions.get(shard) ?? 0; position < end; ) {
        const events = await this.source.journal.readShard(shard, position, Math.min(READ_AT_ONCE, end - position));
        if (events.length === 0) throw new Error(`The journal ends at ${position} in shard ${shard}, before the read models' position ${end}.`);
        await writeEvents(client, this.target, events);
        position = (events.at(-1) as RecordedEvent).position;
        this.positions.set(shard, position);
      }
    }
  }

  report(stage: BuildProgress['stage']): void {
    this.progress({ events: this.events, of: this.of, stage });
  }

  /** Tables computed from live facts alone: computed again while these hold still. */
  private async refill(client: pg.ClientBase): Promise<void> {
    for (const model of this.models) {
      await client.query(`truncate ${quoted(this.schema)}.${quoted(model.name)}`);
      await client.query(model.fill?.(quoted(this.schema), this.layout.schemaOf) ?? '');
    }
  }

  private emptyFolds = () => new Map(this.facts.map((facts) => [facts, new Fold(facts)]));

  private async index(client: pg.ClientBase, model: ReadModel): Promise<void> {
    for (const statement of model.index(quoted(this.schema))) await client.query(statement);
  }

  private async buildShard(client: pg.ClientBase, shard: number, end: number): Promise<void> {
    let folds = this.emptyFolds();
    const refused: RecordedEvent[] = [];
    for (let position = 0; position < end; ) {
      const events = await this.source.journal.readShard(shard, position, Math.min(READ_AT_ONCE, end - position));
      if (events.length === 0) break;
      await this.target.projector.project(events, folds);
      position = (events.at(-1) as RecordedEvent).position;
      this.positions.set(shard, position);
      this.events += events.length;
      this.report('reading');
      if ([...folds.values()].some(({ rows }) => rows.size > ROWS_IN_MEMORY)) {
        // Too many to wait for the shard's end: these are merged with what follows after the load.
        for (const [facts, fold] of folds) if (!isAppendOnly(facts.table)) this.share(facts, fold.rows);
        await this.load(client, folds);
        folds = this.emptyFolds();
      }
    }
    await this.load(client, folds);
    void refused;
  }

  private share(facts: Facts, rows: Map<string, FoldedRow>): void {
    const shared = this.shared.get(facts) as Fold;
    for (const [key, row] of rows) shared.absorb(key, row);
    rows.clear();
  }

  private async load(client: pg.ClientBase, folds: Map<Facts, Fold>): Promise<void> {
    for (const [facts, fold] of folds) {
      for (const key of fold.foreign) {
        const row = fold.rows.get(key);
        if (row) (this.shared.get(facts) as Fold).absorb(key, row);
        fold.rows.delete(key);
      }
      if (fold.rows.size > 0) await copyRows(client, facts.table, this.layout.schemaOf(facts.table.name), fold.rows.values());
    }
  }

  private async writeShared(client: pg.ClientBase): Promise<void> {
    await inTransaction(client, this.layout, 'shared', () => new Writer(client, this.layout, [], []).write(this.shared));
    this.shared.clear();
  }
}

function subset(models: ReadModels, names: ReadonlySet<string>): ReadModels {
  return Object.assign(Object.create(Object.getPrototypeOf(models) as object) as ReadModels, models, {
    facts: models.facts.filter(({ table }) => names.has(table.name)),
    derived: models.derived.filter(({ name }) => names.has(name)),
    aggregates: models.aggregates.filter(({ name }) => names.has(name)),
    policies: [],
  });
}

export { isDataError };
