import { migrateSchema } from '@perennial/journal';
import { VaultMigration1764000000001 } from './vault.migration.js';

/** Brings the schema `vault` of a Postgres database up to date. Safe to call from several processes at once. */
export const migrateVault = (url: string): Promise<void> =>
  migrateSchema(url, 'vault', [VaultMigration1764000000001]);
