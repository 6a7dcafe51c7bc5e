import { acquisition } from '@perennial/acquisition';
import { interactions } from '@perennial/interactions';
import { openJournal, type Journal } from '@perennial/journal';
import { openEvents, type Vault } from '@perennial/privacy';
import {
  createTables,
  prepareSchema,
  ReadModels,
  rebuild,
  Runner,
  type Opener,
  type ReadModelsDefinition,
} from '@perennial/read-models';
import { recommendations } from '@perennial/recommendations';
import { retention } from '@perennial/retention';
import { PostgresStream, prepareStream, type StreamConsumer } from '@perennial/stream';
import pg from 'pg';
import type { Stopwatch } from './stopwatch.bench.js';

/** The services, first the one whose decisions are events for the others. */
export const SERVICES: readonly ReadModelsDefinition[] = [
  acquisition,
  interactions,
  retention,
  recommendations,
];

export const openerOf =
  (vault: Vault): Opener =>
  async (events) => {
    const opened = await openEvents(vault, events);
    return new Map(events.map(({ eventId }, index) => [eventId, opened[index]?.data ?? {}]));
  };

const quoted = (name: string) => `"${name}"`;

/** One service's read models in a database, kept from a journal that may be in another one. */
export class ServiceUnderBench {
  readonly models: ReadModels;
  private readonly pools: pg.Pool[] = [];

  private constructor(
    definition: ReadModelsDefinition,
    private readonly journal: Journal,
    private readonly url: string,
    private readonly opener: Opener,
  ) {
    this.models = new ReadModels(definition);
  }

  /** Makes the service's tables, empty. */
  static async open(
    definition: ReadModelsDefinition,
    { journalUrl, url, vault }: { journalUrl: string; url: string; vault: Vault },
  ): Promise<ServiceUnderBench> {
    const service = new ServiceUnderBench(definition, await openJournal(journalUrl), url, openerOf(vault));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await prepareSchema(client, service.models);
    await createTables(client, service.models.schema, service.models.all);
    await client.end();
    return service;
  }

  /** Names of the tables, with their schema. */
  get tables(): string[] {
    return this.models.all.map(({ name }) => `${quoted(`${this.models.schema}_tables`)}.${quoted(name)}`);
  }

  /**
   * Applies everything that is in the journal, batch after batch, as a running service does: from the stream given,
   * else from the journal itself. Answers seconds.
   */
  async project(watch: Stopwatch, given?: StreamConsumer): Promise<number> {
    const pool = this.pool(watch);
    await prepareStream(pool);
    const journal = watched(this.journal, watch);
    const { schema } = this.models;
    const stream = given ? watchedStream(given, watch) : new PostgresStream(journal, pool, { group: schema });
    const runner = new Runner({
      models: this.models,
      pool,
      batches: this.pool(watch, true),
      journal,
      stream,
      opener: this.opener,
      rebuildFrom: Infinity,
    });
    const { projector } = runner.target;
    projector.project = watch.timed('(project, in JavaScript)', projector.project.bind(projector));
    try {
      return await watch.whole(async () => {
        await runner.start();
        await runner.caughtUp(3_600_000);
      });
    } finally {
      await runner.stop();
    }
  }

  /** Builds all tables anew from the journal. Answers seconds. */
  async rebuild(watch: Stopwatch): Promise<number> {
    const { models, opener } = this;
    const source = { models, pool: this.pool(watch), journal: watched(this.journal, watch), opener };
    return watch.whole(() =>
      rebuild(
        source,
        models.all.map(({ name }) => name),
      ),
    );
  }

  async close(): Promise<void> {
    await this.journal.close();
    for (const pool of this.pools) await pool.end();
  }

  private pool(watch: Stopwatch, pipeline = false): pg.Pool {
    const pool = new pg.Pool({ connectionString: this.url, pipeline });
    pool.on('error', () => undefined);
    watch.watch(pool);
    this.pools.push(pool);
    return pool;
  }
}

/** The stream with its waits timed: for the first shards, and for the next events. */
function watchedStream(stream: StreamConsumer, watch: Stopwatch): StreamConsumer {
  const seen = Object.create(stream) as StreamConsumer;
  seen.join = (membership) => {
    const joined = Promise.withResolvers<undefined>();
    void watch.timed('(join the group)', () => joined.promise)();
    return stream.join({
      ...membership,
      async gained(shards) {
        joined.resolve(undefined);
        return membership.gained(shards);
      },
    });
  };
  seen.next = watch.timed('(read the stream)', (...given) => stream.next(...given));
  return seen;
}

/** The journal with its readers timed. */
function watched(journal: Journal, watch: Stopwatch): Journal {
  const seen = Object.create(journal) as Journal;
  seen.readShards = watch.timed('(read the journal)', (...given) => journal.readShards(...given));
  seen.readShard = watch.timed('(read the journal)', (...given) => journal.readShard(...given));
  seen.appendMany = watch.timed('(append decisions)', (...given) => journal.appendMany(...given));
  return seen;
}
