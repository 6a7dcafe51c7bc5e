import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';
import { awake, endSilentSession } from './silence.js';
import { WatchedClient } from './watched.client.js';

/**
 * Brings one schema of a Postgres database up to date; what has been done stands in its table `migration`. Safe to
 * call from several processes at once.
 */
export async function migrateSchema(
  url: string,
  schema: string,
  migrations: DataSourceOptions['migrations'],
): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url,
    schema,
    migrations,
    migrationsTableName: 'migration',
    // One that accepts and says nothing is given up.
    extra: { Client: WatchedClient },
  });
  await source.initialize();
  const turn = source.createQueryRunner();
  const lock = [`perennial.${schema}.migrate`];
  try {
    await turn.query(endSilentSession);
    // TypeORM does not lock: the second of two processes waits here and then finds nothing left to do.
    await turn.query('select pg_advisory_lock(hashtext($1))', lock);
    await awake(turn, async () => {
      await turn.query(`create schema if not exists ${schema}`);
      // In the session that holds the lock: who stands still and loses the one can't go on with the other.
      await new MigrationExecutor(source, turn).executePendingMigrations();
    });
  } finally {
    await turn.query('select pg_advisory_unlock(hashtext($1))', lock).catch(() => undefined);
    await turn.release();
    await source.destroy();
  }
}
