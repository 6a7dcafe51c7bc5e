import { awake, endSilentSession, keepSilentSession } from '@perennial/journal';
import type pg from 'pg';
import type { ReadModel } from '../read-models.js';
import { quoted } from '../storage/column.js';
import { onConnection } from '../storage/connection.js';
import { registerStatement, viewStatements } from '../storage/schema.js';
import { createViews, dropViews } from '../storage/view.js';
import { flushOutbox } from '../policies/outbox.js';
import { Layout } from '../storage/layout.js';
import { inTransaction, note, reconcile } from './batch.js';
import { Build, type BuildSource, type OnProgress } from './build.js';

/** A shard's cursor, read while nobody can move it. */
interface CursorRow {
  shard: number;
  position: string;
}

/**
 * The one build or comparison that may run for a service at a time. The lock is the session's, and all of the work is
 * done in that session: who stands still and loses the one can't go on with the other.
 */
async function alone<Result>(
  source: BuildSource,
  purpose: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const key = `hashtextextended('perennial:${purpose}:${source.models.schema}', 0)`;
  return onConnection(source.pool, async (client) => {
    await client.query(`${endSilentSession}; select pg_advisory_lock(${key})`);
    try {
      return await awake(client, () => work(client));
    } finally {
      await client.query(`select pg_advisory_unlock(${key}); ${keepSilentSession}`).catch(() => undefined);
    }
  });
}

const cursors = async (client: pg.ClientBase, service: string) => {
  const { rows } = await client.query<CursorRow>(
    `select shard, position from ${quoted(`${service}_tables`)}.cursor where consumer = $1 order by shard`,
    [service],
  );
  return new Map(rows.map(({ shard, position }) => [shard, Number(position)]));
};

/**
 * Builds read models, and those computed from them, beside the live ones from the journal, and puts them in
 * their place in one transaction. Live updates wait only for that transaction; readers see the old tables
 * until it commits and the new ones afterwards. What `onProgress` throws ends the build; the live tables stay. Where one has
 * waited for another's build, `isStillNeeded` says whether there is anything left to do.
 */
export async function rebuild(
  source: BuildSource,
  names: readonly string[],
  onProgress?: OnProgress,
  isStillNeeded: () => Promise<boolean> = async () => true,
): Promise<ReadModel[]> {
  const { schema: service } = source.models;
  return alone(source, 'build', async (client) => {
    if (!(await isStillNeeded())) return [];
    const schema = `${service}_build`;
    const all = source.models.withDependants(names).length === source.models.all.length;
    const build = new Build(source, names, schema, all ? 'anew' : 'as live', onProgress);
    // What lies beside live tables must not be ahead of their cursor: the same events would be applied to it again.
    await build.run(client, all ? undefined : await cursors(client, service));
    await inTransaction(client, build.layout, 'exclusive', async () => {
      // A table that is far behind is brought as far as the journal was read; the live ones go back only
      // where the journal has: it was restored from an older backup.
      const live = await cursors(client, service);
      const heads = new Map((await source.journal.heads()).map(({ shard, position }) => [shard, position]));
      const to = new Map(
        [...live].map(([shard, position]) => [
          shard,
          all
            ? Math.min(Math.max(position, build.positions.get(shard) ?? 0), heads.get(shard) ?? 0)
            : position,
        ]),
      );
      await build.catchUp(client, to);
      build.report('switching');
      await putInPlace(client, source, build, schema);
      if (all) {
        await moveCursors(client, source, to);
        const live = new Layout(service);
        await client.query(`delete from ${quoted(live.live)}.unapplied`);
        await note(client, live, source.models, build.unapplied);
        await client.query(`set local search_path to ${live.searchPath}`);
        await reconcile(client, source.models, live, 'rebuild');
      }
      // Whoever runs an older definition loses its claims and finds out at the next one.
      await client.query(
        `update ${quoted(`${service}_tables`)}.cursor set epoch = epoch + 1 where consumer = $1`,
        [service],
      );
    });
    await client.query(`drop schema if exists ${quoted(schema)} cascade`);
    await flushOutbox(source.pool, service, source.journal);
    build.report('done');
    return build.models;
  });
}

async function putInPlace(
  client: pg.ClientBase,
  { models }: BuildSource,
  build: Build,
  schema: string,
): Promise<void> {
  const live = quoted(`${models.schema}_tables`);
  await dropViews(client, models);
  for (const model of build.models) {
    await client.query(`drop table if exists ${live}.${quoted(model.name)} cascade`);
    await client.query(`alter table ${quoted(schema)}.${quoted(model.name)} set schema ${live}`);
    await client.query(registerStatement(models.schema, model));
    for (const statement of viewStatements(models.schema, model)) await client.query(statement);
  }
  await client.query(`set local search_path to ${quoted(models.schema)}`);
  await createViews(client, models);
}

async function moveCursors(
  client: pg.ClientBase,
  { models, journal }: BuildSource,
  to: ReadonlyMap<number, number>,
): Promise<void> {
  for (const [shard, position] of to) {
    const [last] = position === 0 ? [] : await journal.readShard(shard, position - 1, 1);
    await client.query(
      `update ${quoted(`${models.schema}_tables`)}.cursor set position = $3, last_event_id = $4 where consumer = $1 and shard = $2`,
      [models.schema, shard, position, last?.eventId],
    );
  }
}

/** How a live table compares with what the journal says that it should hold. */
export interface Comparison {
  readModel: string;
  rows: number;
  /** Rows that are only in one of the two. */
  differences: number;
  /** A few of the differing rows, as text, with where they are; none of personal tables. */
  examples: { side: 'live' | 'journal'; row: string }[];
}

/** Computes read models from the journal again, and compares them row by row, byte by byte, with the live ones. */
export async function verify(
  source: BuildSource,
  names?: readonly string[],
  onProgress?: OnProgress,
): Promise<Comparison[]> {
  const { models } = source;
  return alone(source, 'build', async (client) => {
    const schema = `${models.schema}_verify`;
    const wanted = names ?? models.all.map(({ name }) => name);
    // Computed tables are compared with what follows from the journal's facts, not from the live ones.
    const build = new Build(source, sourcesOf(source, wanted), schema, 'as live', onProgress);
    try {
      // Not beyond what is applied: it may lag, and then it is right as far as it goes.
      await build.run(client, await cursors(client, models.schema));
      return await inTransaction(client, build.layout, 'exclusive', async () => {
        await build.catchUp(client, await cursors(client, models.schema));
        build.report('comparing');
        for (const model of build.models) await settle(client, source, model);
        const comparisons: Comparison[] = [];
        for (const model of build.models.filter(({ name }) => wanted.includes(name)))
          comparisons.push(await compare(client, models.schema, schema, model));
        return comparisons;
      });
    } finally {
      await client.query(`drop schema if exists ${quoted(schema)} cascade`).catch(() => undefined);
      build.report('done');
    }
  });
}

/** Tables that follow their batches later are to be compared with what they will be. */
async function settle(client: pg.ClientBase, { models }: BuildSource, model: ReadModel): Promise<void> {
  if (!model.settle) return;
  await client.query(`set local search_path to ${new Layout(models.schema).searchPath}`);
  await model.settle(client);
}

function sourcesOf({ models }: BuildSource, names: readonly string[]): string[] {
  const wanted = new Set(names);
  for (const { name, from } of [...models.all].reverse())
    if (wanted.has(name)) from.forEach((source) => wanted.add(source));
  return [...wanted];
}

async function compare(
  client: pg.ClientBase,
  service: string,
  verifySchema: string,
  model: ReadModel,
): Promise<Comparison> {
  const live = `select t::text as row from ${quoted(`${service}_tables`)}.${quoted(model.name)} t`;
  const journal = `select t::text as row from ${quoted(verifySchema)}.${quoted(model.name)} t`;
  const { rows: counted } = await client.query<{ rows: string; differences: string }>(
    `select (select count(*) from (${live}) l) as rows,
            (select count(*) from ((${live} except all ${journal}) union all (${journal} except all ${live})) d) as differences`,
  );
  const differences = Number(counted[0]?.differences);
  const { rows: examples } =
    differences > 0 && !model.personal
      ? await client.query<Comparison['examples'][number]>(
          `(select 'live' as side, row from (${live} except all ${journal}) l limit 3) union all (select 'journal', row from (${journal} except all ${live}) j limit 3)`,
        )
      : { rows: [] };
  return { readModel: model.name, rows: Number(counted[0]?.rows), differences, examples };
}
