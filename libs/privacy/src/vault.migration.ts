import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATEMENTS = [
  'create schema if not exists vault',
  `create table vault.subject_key (
     subject_id        uuid primary key,
     created_at        timestamptz not null default now(),
     erased_at         timestamptz,
     wrapped_key       bytea,
     sealed_identifier text,
     constraint erased_holds_nothing
       check (erased_at is null and wrapped_key is not null and sealed_identifier is not null
           or erased_at is not null and wrapped_key is null and sealed_identifier is null)
   )`,
  `create table vault.secret (
     name       text primary key,
     wrapped    bytea not null,
     created_at timestamptz not null default now()
   )`,
  `comment on schema vault is 'Keys of personal data. Whoever destroys a key here erases its subject everywhere.'`,
  `comment on table vault.subject_key is 'One row a subject: the key of its personal data, or the tombstone of one that was erased'`,
  `comment on column vault.subject_key.subject_id is 'Keyed hash of the identifier'`,
  `comment on column vault.subject_key.created_at is 'When the subject was first seen'`,
  `comment on column vault.subject_key.erased_at is 'When the key was destroyed. Such a subject never gets another key'`,
  `comment on column vault.subject_key.wrapped_key is 'AES-256 key, wrapped by the master key: format (1 byte), fingerprint of the master key (4), iv (12), tag (16), ciphertext (32)'`,
  `comment on column vault.subject_key.sealed_identifier is 'namespace:value, sealed with the subject''s key; the same text as in the subject''s events'`,
  `comment on table vault.secret is 'Secrets of the vault itself, wrapped by the master key like the keys of subjects'`,
  `comment on column vault.secret.name is 'subject-id: the key that hashes identifiers to subject ids, it never changes; purpose:…: a key for what belongs to no one subject'`,
  `comment on column vault.secret.wrapped is 'The secret, wrapped'`,
  `comment on column vault.secret.created_at is 'When it was made'`,
];

export class VaultMigration1764000000001 implements MigrationInterface {
  readonly name = 'VaultMigration1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema vault cascade');
  }
}
