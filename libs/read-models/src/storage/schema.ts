import { endSilentTransaction } from '@perennial/journal';
import { SettingsError } from '@perennial/service';
import type pg from 'pg';
import { comments } from '../facts/fact-table.sql.js';
import type { ReadModel, ReadModels } from '../read-models.js';
import { quoted, textLiteral } from './column.js';

/** The role that analysts log in with or are granted; it reads the stable schemas and nothing else. */
export const ANALYST_ROLE = 'perennial_analyst';

/** The library's own tables in `<service>_tables`. */
const ownTables = (schema: string) => [
  `create table if not exists ${schema}.cursor (
     consumer text not null, shard smallint not null, position bigint not null default 0,
     epoch bigint not null default 0, last_event_id uuid, primary key (consumer, shard)) with (fillfactor = 50)`,
  `comment on table ${schema}.cursor is 'How far each shard has been applied. The epoch is raised by whoever claims the shard: a batch under an older epoch writes nothing.'`,
  `create table if not exists ${schema}.read_model (
     name text primary key, kind text not null, fingerprint text not null, built_at timestamptz not null default now())`,
  `comment on table ${schema}.read_model is 'The definition that each table was built by.'`,
  `create table if not exists ${schema}.progress (
     consumer text primary key, applied bigint not null default 0, backlog bigint not null default 0, applied_at timestamptz, checked_at timestamptz)`,
  `comment on table ${schema}.progress is 'How many events have been applied and how many wait, as the consumer saw it last.'`,
  `create table if not exists ${schema}.unapplied (
     event_id uuid primary key, shard smallint not null, position bigint not null, type text not null,
     reason text not null, message text not null, read_models text[] not null, noticed_at timestamptz not null default now())`,
  `comment on table ${schema}.unapplied is 'Events of the journal that could not be applied, with the reason; tried again at every start.'`,
  `create table if not exists ${schema}.outbox (
     event_id uuid primary key, policy text not null, event jsonb not null, decided_at timestamptz not null default now(), refused text)`,
  // Not "add column if not exists", which waits for batches also where it is there.
  `do $$ begin
     if not exists (select from pg_attribute where attrelid = to_regclass(${textLiteral(`${schema}.outbox`)}) and attname = 'refused') then
       alter table ${schema}.outbox add column refused text;
     end if;
   end $$`,
  `comment on table ${schema}.outbox is 'Decisions on their way into the journal; refused says why one is not taken, which is tried again at every start.'`,
];

/** What policies remember; never built from the journal, so it is made once and kept. */
const policyTables = (schema: string, { policies }: ReadModels) =>
  policies.flatMap(({ remembers = [] }) =>
    remembers.flatMap(({ name, comment, columns, indexes = [] }) => [
      `create table if not exists ${schema}.${quoted(name)} (${columns})`,
      `comment on table ${schema}.${quoted(name)} is ${textLiteral(comment)}`,
      ...indexes.map((index) => indexStatement(schema, name, index)),
    ]),
  );

/** `create index if not exists` would keep batches from writing the table also where the index is there. */
function indexStatement(schema: string, table: string, columns: readonly string[]): string {
  const index = quoted([table, ...columns, 'index'].join('_'));
  return `do $$ begin
    if to_regclass(${textLiteral(`${schema}.${index}`)}) is null then
      create index ${index} on ${schema}.${quoted(table)} (${columns.map(quoted).join(', ')});
    end if;
  end $$`;
}

export const schemaLock = (service: string) => `hashtextextended('perennial:${service}', 0)`;

/** The first version whose RETURNING knows what a row was before. */
const LEAST_SERVER = 18;

/** Throws a SettingsError for a server that the statements of read models are too new for. */
export async function expectServer(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const { server_version: version } = rows[0]!;
  if (parseInt(version, 10) < LEAST_SERVER)
    throw new SettingsError([
      `DATABASE_URL: This is PostgreSQL ${version}; read models need PostgreSQL ${LEAST_SERVER} or later.`,
    ]);
}

/**
 * Creates what is missing: schemas, the library's own tables, the analysts' role. Safe to run at every start, by several
 * processes, while others apply batches: where nothing is missing it waits for none of them, and none waits for it.
 */
export async function prepareSchema(client: pg.ClientBase, models: ReadModels): Promise<void> {
  const tables = quoted(`${models.schema}_tables`);
  await expectServer(client);
  await client.query(
    `begin; ${endSilentTransaction}; select pg_advisory_xact_lock(hashtextextended('perennial:schema', 0))`,
  );
  try {
    await client.query(
      `create schema if not exists ${tables}; create schema if not exists ${quoted(models.schema)}`,
    );
    for (const statement of [...ownTables(tables), ...policyTables(tables, models)])
      await client.query(statement);
    // Roles are the server's, locks the database's: a service of another database may make it at the same time.
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${ANALYST_ROLE}') then create role ${ANALYST_ROLE} nologin; end if;
    exception when duplicate_object or unique_violation then null;
    end $$`);
    await client.query(`grant usage on schema ${quoted(models.schema)} to ${ANALYST_ROLE}`);
    await client.query(
      // A conflict with a row that a batch has just moved would be waited for.
      `insert into ${tables}.cursor (consumer, shard)
       select $1, shard from generate_series(0, 63) shard
        where not exists (select from ${tables}.cursor c where c.consumer = $1 and c.shard = shard.shard)
       on conflict do nothing`,
      [models.schema],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Names and fingerprints of the tables that are live. */
export async function builtModels(
  client: pg.ClientBase | pg.Pool,
  service: string,
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; fingerprint: string }>(
    `select name, fingerprint from ${quoted(`${service}_tables`)}.read_model`,
  );
  return new Map(rows.map(({ name, fingerprint }) => [name, fingerprint]));
}

/**
 * When the youngest of a service's tables was built, in a transaction that keeps a switch of tables waiting. What was computed from
 * older ones, and is kept outside of read models, has to be computed again.
 */
export async function builtAt(client: pg.ClientBase, service: string): Promise<Date> {
  const { rows } = await client.query<{ builtAt: Date }>(
    `select max(built_at) as "builtAt" from ${quoted(`${service}_tables`)}.read_model`,
  );
  return rows[0]!.builtAt;
}

export const registerStatement = (service: string, model: ReadModel) =>
  `insert into ${quoted(`${service}_tables`)}.read_model (name, kind, fingerprint)
   values (${textLiteral(model.name)}, ${textLiteral(model.kind)}, ${textLiteral(model.fingerprint)})
   on conflict (name) do update set kind = excluded.kind, fingerprint = excluded.fingerprint, built_at = now()`;

/** The stable view of a read model, with its comments and the analysts' right to read it. */
export function viewStatements(service: string, model: ReadModel): string[] {
  const view = `${quoted(service)}.${quoted(model.name)}`;
  const columns = model.columns.map(({ name }) => quoted(name)).join(', ');
  return [
    `drop view if exists ${view} cascade`,
    `create view ${view} as select ${columns} from ${quoted(`${service}_tables`)}.${quoted(model.name)}`,
    ...comments(view, model.comment, model.columns),
    ...(model.personal ? [] : [`grant select on ${view} to ${ANALYST_ROLE}`]),
  ];
}

/** Creates empty tables and views of the given models: a first start. */
export async function createTables(
  client: pg.ClientBase,
  service: string,
  models: readonly ReadModel[],
): Promise<void> {
  const schema = quoted(`${service}_tables`);
  for (const model of models) {
    await client.query(`drop table if exists ${schema}.${quoted(model.name)} cascade`);
    await client.query(model.create(schema));
    for (const statement of model.index(schema)) await client.query(statement);
    await client.query(registerStatement(service, model));
    for (const statement of viewStatements(service, model)) await client.query(statement);
  }
}
