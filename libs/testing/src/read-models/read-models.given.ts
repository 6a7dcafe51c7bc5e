import { migrateJournal, openJournal, SHARDS, type Journal } from '@perennial/journal';
import {
  applyBatch,
  claim,
  flushOutbox,
  Layout,
  movesOf,
  prepareSchema,
  Projector,
  ReadModels,
  replaceViews,
  Subject,
  verify,
  type EntityClass,
  type Opener,
  type ReadModelsDefinition,
  type Target,
  createTables,
} from '@perennial/read-models';
import { asNewEvent, subjectIdOf, type GivenEvent } from '../event.given.js';
import { testDatabase, type TestDatabase } from '../test-database.js';

type Row = Record<string, unknown>;

/** How a history is played: in which order, and how many events a transaction. */
export interface Playing {
  order: readonly GivenEvent[];
  batchSize: number;
}

/** Personal data lie open in tests' journals. */
const opener: Opener = (events) =>
  Promise.resolve(new Map(events.map(({ eventId, data }) => [eventId, JSON.parse(data) as Row])));

/** A service's read models on a database of their own, fed from a real journal. */
export class ReadModelsUnderTest {
  readonly models: ReadModels;
  private database!: TestDatabase;
  private journal!: Journal;
  /** Where batches go: for tests that apply their own. */
  target!: Target;

  constructor(definition: ReadModelsDefinition) {
    this.models = new ReadModels(definition);
  }

  async open(): Promise<void> {
    this.database = await testDatabase();
    await migrateJournal(this.database.url);
    this.journal = await openJournal(this.database.url);
    const client = await this.database.pool.connect();
    try {
      await prepareSchema(client, this.models);
      await createTables(client, this.models.schema, this.models.all);
      await replaceViews(client, this.models);
    } finally {
      // A view that is wrong must fail its tests, not leave them waiting for the connection.
      client.release();
    }
    this.target = {
      models: this.models,
      layout: new Layout(this.models.schema),
      consumer: this.models.schema,
      projector: new Projector(this.models.facts, this.models.policies, this.models.without, opener),
      live: true,
    };
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.database.drop();
  }

  get pool() {
    return this.database.pool;
  }

  get batches() {
    return this.database.batches;
  }

  get url() {
    return this.database.url;
  }

  get source() {
    const { pool, batches } = this.database;
    return { models: this.models, pool, batches, journal: this.journal, opener };
  }

  /** Forgets everything. */
  async reset(): Promise<void> {
    const schema = `${this.models.schema}_tables`;
    const remembered = this.models.policies.flatMap(({ remembers = [] }) => remembers);
    const tables = [
      ...[...this.models.all, ...remembered].map(({ name }) => name),
      'unapplied',
      'outbox',
    ].map((name) => `${schema}."${name}"`);
    await this.pool.query(`truncate journal.event, ${tables.join(', ')}`);
    await this.pool.query(`update ${schema}.cursor set position = 0, last_event_id = null`);
  }

  /** Records the events in this order and applies them, with the decisions that follow. */
  async play({ order, batchSize }: Playing): Promise<void> {
    for (const given of order)
      await this.journal.append(subjectIdOf(given.subject), 'any', [asNewEvent(given)]);
    const service = this.models.schema;
    const claims = await claim(
      this.pool,
      service,
      service,
      Array.from({ length: SHARDS }, (_, shard) => shard),
    );
    const positions = new Map([...claims].map(([shard, { position }]) => [shard, position]));
    for (;;) {
      const ranges = [...positions].map(([shard, after]) => ({ shard, after }));
      const spans = await this.journal.readShards(ranges, batchSize, this.models.without);
      if (spans.length === 0) {
        if ((await flushOutbox(this.pool, service, this.journal)) === 0) return;
        continue;
      }
      const events = spans.flatMap((span) => span.events);
      const moves = movesOf(spans, claims);
      const client = await this.batches.connect();
      try {
        await applyBatch(client, this.target, events, moves);
      } finally {
        client.release();
      }
      for (const { shard, to } of moves) positions.set(shard, to);
    }
  }

  /** All rows of a read model or view, by the columns of its stable view. */
  async rows(name: string): Promise<Row[]> {
    const { rows } = await this.pool.query<{ row: Row }>(
      `select to_jsonb(t) as row from "${this.models.schema}"."${name}" t`,
    );
    return rows.map(({ row }) => row);
  }

  /**
   * Every table as sorted text: what must be the same, byte for byte, whatever the order. Decisions carry the
   * time when they were made and depend on what was known then, so where there are policies two histories
   * agree on the customer of each subject, but not on the decision that says so.
   */
  async dump(): Promise<Record<string, string[]>> {
    const dump: Record<string, string[]> = {};
    for (const { name } of this.models.all) {
      const { rows } = await this.pool.query<{ row: string }>(
        `select t::text as row from (select ${this.comparedColumns(name)} from "${this.models.schema}_tables"."${name}") t order by 1`,
      );
      dump[name] = rows.map(({ row }) => row);
    }
    return dump;
  }

  private comparedColumns = (name: string) =>
    name === this.models.nameOf(Subject) && this.models.policies.length > 0
      ? 'subject_id, namespace, first_seen_at, customer_id'
      : '*';

  /** Read models that differ from the fold of the journal. */
  async differences() {
    return (await verify(this.source)).filter(({ differences }) => differences > 0);
  }
}

const nameOf = (entity: EntityClass | string, models: ReadModels) =>
  typeof entity === 'string' ? entity : models.nameOf(entity);

/**
 * Given events, then rows. Each history is played three times: as told, backwards one event at a time, and
 * with everything sent twice; the three must give the same tables, and the last must equal the fold of the
 * journal. So every example is also a test of "any order, same state".
 */
export function givenReadModels(definition: ReadModelsDefinition) {
  const subject = new ReadModelsUnderTest(definition);
  beforeAll(() => subject.open());
  afterAll(() => subject.close());

  const given = (...events: GivenEvent[]) => {
    const played = async () => {
      const dumps: Record<string, string[]>[] = [];
      for (const playing of [
        { order: [...events].reverse(), batchSize: 1 },
        { order: [...events, ...events], batchSize: 3 },
        { order: events, batchSize: 1000 },
      ]) {
        await subject.reset();
        await subject.play(playing);
        dumps.push(await subject.dump());
      }
      expect(dumps[1]).toEqual(dumps[0]);
      expect(dumps[2]).toEqual(dumps[0]);
      expect(await subject.differences()).toEqual([]);
    };
    return {
      /** Exactly these rows, in any order; each by the columns that it names. */
      async thenRows(entity: EntityClass | string, expected: Row[]) {
        await played();
        const rows = await subject.rows(nameOf(entity, subject.models));
        expect(rows).toHaveLength(expected.length);
        for (const row of expected) expect(rows).toContainEqual(expect.objectContaining(row));
      },
      /** At least this row. */
      async thenRow(entity: EntityClass | string, expected: Row) {
        await played();
        expect(await subject.rows(nameOf(entity, subject.models))).toContainEqual(
          expect.objectContaining(expected),
        );
      },
      async thenNoRow(entity: EntityClass | string, unexpected: Row = {}) {
        await played();
        expect(await subject.rows(nameOf(entity, subject.models))).not.toContainEqual(
          expect.objectContaining(unexpected),
        );
      },
      /** What could not be applied, by its reason. */
      async thenUnapplied(...reasons: string[]) {
        await played();
        const { rows } = await subject.pool.query<{ reason: string }>(
          `select reason from ${subject.models.schema}_tables.unapplied order by reason`,
        );
        expect(rows.map(({ reason }) => reason)).toEqual(reasons);
      },
    };
  };
  return { given, subject };
}
