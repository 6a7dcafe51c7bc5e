import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The wide columns come first and the text last, so that no row carries padding. There is no index but the three
 * unique ones: every one more would slow down each append, and readers only ever go by shard and position.
 */
const TABLE = `
create table journal.event (
  position     bigint      not null,
  time         timestamptz not null,
  recorded_at  timestamptz not null,
  version      integer     not null,
  shard        smallint    not null check (shard between 0 and 63),
  data_version smallint    not null,
  stream_id    uuid        not null,
  event_id     uuid        not null,
  previous_id  uuid,
  type         text        not null,
  source       text        not null,
  id           text        not null,
  subject      text        not null,
  data         text        not null,
  constraint event_position primary key (shard, position),
  constraint event_version unique (shard, stream_id, version),
  constraint event_once unique (shard, event_id)
)`;

/**
 * One call is one transaction and one round trip. In a VOLATILE function under READ COMMITTED every statement
 * takes a snapshot of its own: the heads are read after the locks were granted, so they include whatever the
 * former holder of a lock committed. (In one statement with the lock they would be as old as the statement.)
 *
 * The plans must go by index even when they were made while the table was empty; they live as long as the connection.
 */
const APPEND = `
create function journal.append(
  shards smallint[], shard_starts integer[],
  streams uuid[], stream_shards integer[], required integer[],
  event_streams integer[], stream_offsets integer[], event_ids uuid[], types text[], data_versions smallint[], times timestamptz[],
  sources text[], ids text[], subjects text[], data text[],
  out appended boolean, out versions integer[], out duplicates integer[], out duplicate_versions integer[]
) language plpgsql volatile
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  one smallint;
  heads bigint[];
  head_ids uuid[];
  recorded timestamptz;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'journal.append works under READ COMMITTED only, not under %', current_setting('transaction_isolation');
  end if;
  if current_setting('synchronous_commit') in ('off', 'local') then
    perform set_config('synchronous_commit', 'on', true);
  end if;

  -- Ascending, so that two appends never wait for each other.
  for one in select s from unnest(shards) s order by s loop
    perform pg_advisory_xact_lock(1785688686, one);
  end loop;
  recorded := clock_timestamp();

  select array_agg(coalesce(head.version, 0) order by wanted.n) into versions
    from unnest(streams, stream_shards) with ordinality wanted(stream_id, shard_n, n)
    left join lateral (
      select e.version from journal.event e
       where e.shard = shards[wanted.shard_n] and e.stream_id = wanted.stream_id
       order by e.version desc limit 1) head on true;

  select array_agg(incoming.n), array_agg(e.version) into duplicates, duplicate_versions
    from unnest(event_ids, event_streams) with ordinality incoming(event_id, stream_n, n)
    join journal.event e on e.shard = shards[stream_shards[incoming.stream_n]] and e.event_id = incoming.event_id;

  appended := duplicates is null and not exists (
    select from unnest(required, versions) doubt(required, version)
     where doubt.required <> -1 and doubt.required <> doubt.version);
  if not appended or cardinality(event_ids) = 0 then
    return;
  end if;

  select array_agg(coalesce(head.position, 0) order by wanted.n), array_agg(head.event_id order by wanted.n)
    into heads, head_ids
    from unnest(shards) with ordinality wanted(shard, n)
    left join lateral (
      select e.position, e.event_id from journal.event e
       where e.shard = wanted.shard
       order by e.position desc limit 1) head on true;

  -- unnest in the select list runs in step, row by row; in the from clause each would be stored first.
  insert into journal.event
    (position, time, recorded_at, version, shard, data_version, stream_id, event_id, previous_id, type, source, id, subject, data)
  select heads[e.shard_n] + e.n - shard_starts[e.shard_n], e.time, recorded, versions[e.stream_n] + e.stream_offset,
         shards[e.shard_n], e.data_version, streams[e.stream_n], e.event_id,
         case e.n - shard_starts[e.shard_n] when 1 then head_ids[e.shard_n] else event_ids[e.n - 1] end,
         e.type, e.source, e.id, e.subject, e.data
    from (select stream_shards[stream_n] as shard_n, * from (
            select generate_series(1, cardinality(event_ids)) as n,
                   unnest(event_streams) as stream_n, unnest(stream_offsets) as stream_offset, unnest(event_ids) as event_id,
                   unnest(types) as type, unnest(data_versions) as data_version, unnest(times) as time,
                   unnest(sources) as source, unnest(ids) as id, unnest(subjects) as subject, unnest(data) as data) incoming) e;
end $$`;

const COMMENTS = [
  `comment on schema journal is 'The truth: every accepted event, in the order it was accepted. Rows are never changed.'`,
  `comment on table journal.event is 'One row an accepted event. Written by journal.append only; never updated, never deleted.'`,
  `comment on column journal.event.position is '1, 2, 3 … without gaps inside one shard: count(*) = max(position)'`,
  `comment on column journal.event.time is 'When it happened, as its publisher says'`,
  `comment on column journal.event.recorded_at is 'When the journal accepted it'`,
  `comment on column journal.event.version is '1, 2, 3 … without gaps inside one stream'`,
  `comment on column journal.event.shard is 'toPositive(murmur2(stream_id as text)) mod 64: its partition on Kafka'`,
  `comment on column journal.event.data_version is 'Version of the schema that the data follow'`,
  `comment on column journal.event.stream_id is 'The stream: the keyed hash of the subject'`,
  `comment on column journal.event.event_id is 'UUIDv5 of source, id and subject: the same event sent twice has the same'`,
  `comment on column journal.event.previous_id is 'Event one position before in this shard; null at position 1. Shows a restore from an older backup'`,
  `comment on column journal.event.type is 'Event type of the catalogue, e.g. order.placed'`,
  `comment on column journal.event.source is 'CloudEvents source: the system that published it'`,
  `comment on column journal.event.id is 'The publisher''s own id of the event, unique within its source'`,
  `comment on column journal.event.subject is 'namespace:value; the value is sealed when it names a person'`,
  `comment on column journal.event.data is 'JSON text; personal fields are sealed'`,
  `comment on function journal.append is 'Appends events of many streams in one commit: locks their shards, then numbers and inserts. required = -1 asks no version of a stream. When an event is already there or a version is not the required one, nothing is written and the answer says which. Arrays called _shards and _streams hold places (from 1) in shards and streams; events must be sorted by shard, and shard_starts says how many come before each shard.'`,
];

export class PostgresJournalMigration1764000000000 implements MigrationInterface {
  readonly name = 'PostgresJournalMigration1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of ['create schema if not exists journal', TABLE, APPEND, ...COMMENTS])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema journal cascade');
  }
}
