import { migrateSchema } from '@perennial/journal';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATEMENTS = [
  `create table collector.source (
     id          uuid primary key default gen_random_uuid(),
     name        text not null unique,
     key_hash    bytea not null unique,
     created_at  timestamptz not null default now(),
     disabled_at timestamptz
   )`,
  `create table collector.rejected (
     number            bigint generated always as identity primary key,
     id                uuid not null unique default gen_random_uuid(),
     fingerprint       bytea not null unique,
     origin            text not null check (origin in ('http', 'segment', 'import', 'kafka')),
     source            text,
     reference         text,
     code              text not null,
     message           text not null,
     path              text not null,
     subject_id        uuid,
     body              bytea,
     count             bigint not null default 1,
     first_received_at timestamptz not null,
     last_received_at  timestamptz not null,
     status            text not null default 'open' check (status in ('open', 'retried', 'dismissed')),
     settled_at        timestamptz,
     settled_by        text,
     retried_event_id  uuid,
     corrected         boolean not null default false,
     dismissed_reason  text,
     constraint open_is_not_settled check ((status = 'open') = (settled_at is null))
   )`,
  `create index rejected_open on collector.rejected (number) where status = 'open'`,
  `create index rejected_subject on collector.rejected (subject_id) where subject_id is not null`,
  `comment on schema collector is 'The door: who may publish, and what could not be accepted'`,
  `comment on table collector.source is 'Systems that publish events, with the hash of their write key'`,
  `comment on column collector.source.name is 'Name of the system; its Segment calls have the source /segment/<name>'`,
  `comment on column collector.source.key_hash is 'SHA-256 of the write key, which has 192 random bits'`,
  `comment on column collector.source.created_at is 'When the key was made'`,
  `comment on column collector.source.disabled_at is 'Since when the key opens nothing'`,
  `comment on table collector.rejected is 'What could not be accepted, each with its reason, to be corrected and retried. The same thing sent again is one row'`,
  `comment on column collector.rejected.number is 'Sequence of arrival'`,
  `comment on column collector.rejected.fingerprint is 'Keyed hash of origin, source and body: the same thing sent again is one row'`,
  `comment on column collector.rejected.origin is 'By what way it came: http, segment, import or kafka'`,
  `comment on column collector.rejected.source is 'The publisher, as its write key or the event says; null when that can not be told'`,
  `comment on column collector.rejected.reference is 'Where it stands at its origin, e.g. the line of a file'`,
  `comment on column collector.rejected.code is 'Why, in a word for programs'`,
  `comment on column collector.rejected.message is 'Why, for people; never quotes a value'`,
  `comment on column collector.rejected.path is 'Where in the event, e.g. data.lines.0.quantity'`,
  `comment on column collector.rejected.subject_id is 'The subject, when it can be read; the body is sealed with its key then, so that erasing the subject erases it'`,
  `comment on column collector.rejected.body is 'What was sent, sealed; null when it was too large to be kept or its subject is erased'`,
  `comment on column collector.rejected.count is 'How often it was sent'`,
  `comment on column collector.rejected.status is 'open, retried (accepted now) or dismissed'`,
  `comment on column collector.rejected.settled_at is 'When it was retried or dismissed'`,
  `comment on column collector.rejected.settled_by is 'Who did that'`,
  `comment on column collector.rejected.retried_event_id is 'The event that it became in the journal'`,
  `comment on column collector.rejected.corrected is 'Whether it was corrected before'`,
  `comment on column collector.rejected.dismissed_reason is 'Why it is not to be retried'`,
];

class CollectorMigration1764000000003 implements MigrationInterface {
  readonly name = 'CollectorMigration1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema collector cascade');
  }
}

const RELAY = [
  `create table collector.relay (
     name       text primary key,
     holder     uuid not null,
     expires_at timestamptz not null,
     checkpoint jsonb
   )`,
  `comment on table collector.relay is 'Which process publishes the journal to Kafka'`,
  `comment on column collector.relay.name is 'The one relay'`,
  `comment on column collector.relay.holder is 'The process'`,
  `comment on column collector.relay.expires_at is 'Until when, unless it says that it lives'`,
  `comment on column collector.relay.checkpoint is 'How far each shard is published: shard, position, offset. Only for partitions whose records are gone'`,
];

class RelayMigration1764000000014 implements MigrationInterface {
  readonly name = 'RelayMigration1764000000014';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of RELAY) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table collector.relay');
  }
}

const KNOWN_SOURCES = [
  `create table collector.known_source (source text primary key, known_since timestamptz not null default now())`,
  `comment on table collector.known_source is 'Sources that events came from; the first thousand'`,
  `comment on column collector.known_source.source is 'As the event says it'`,
  `comment on column collector.known_source.known_since is 'Shortly before its first event was recorded'`,
];

class KnownSourcesMigration1764000000021 implements MigrationInterface {
  readonly name = 'KnownSourcesMigration1764000000021';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of KNOWN_SOURCES) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table collector.known_source');
  }
}

/** Brings the schema `collector` of a Postgres database up to date. Safe to call from several processes at once. */
export const migrateCollector = (url: string): Promise<void> =>
  migrateSchema(url, 'collector', [
    CollectorMigration1764000000003,
    RelayMigration1764000000014,
    KnownSourcesMigration1764000000021,
  ]);
