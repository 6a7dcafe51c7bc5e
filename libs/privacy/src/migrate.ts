import { DataSource, type MixedList } from 'typeorm';
import { VaultMigration1764000000001 } from './vault.migration.js';

/** Every migration of the vault's schema, oldest first. */
export const vaultMigrations = [VaultMigration1764000000001] satisfies MixedList<unknown>;

/** Brings the schema `vault` of a Postgres database up to date. Safe to call from several processes at once. */
export async function migrateVault(url: string): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema: 'vault',
    migrations: vaultMigrations,
    migrationsTableName: 'migration',
  });
  await source.initialize();
  const turn = source.createQueryRunner();
  try {
    // TypeORM does not lock: the second of two processes waits here and then finds nothing left to do.
    await turn.query(`select pg_advisory_lock(hashtext('perennial.vault.migrate'))`);
    await turn.query('create schema if not exists vault');
    await source.runMigrations({ transaction: 'all' });
  } finally {
    await turn.query(`select pg_advisory_unlock(hashtext('perennial.vault.migrate'))`).catch(() => undefined);
    await turn.release();
    await source.destroy();
  }
}
