import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrateSchema } from './migrate-schema.js';

/** What a migration does when its table is made: nothing, or what the test says. */
let pause: (runner: QueryRunner) => Promise<unknown> = () => Promise.resolve();

class Lamps1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table shop.lamp (id integer)');
    await pause(runner);
  }
  down(): Promise<void> {
    throw new Error('Nothing goes back.');
  }
}

describe('a migration', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    jest.useRealTimers();
    pause = () => Promise.resolve();
    await database.drop();
  });
  const migrate = () => migrateSchema(database.url, 'shop', [Lamps1764000000000]);
  const done = async () =>
    (
      await database.pool.query<{ lamps: string | null; migrations: number }>(
        `select to_regclass('shop.lamp')::text lamps, (select count(*)::integer from shop.migration) migrations`,
      )
    ).rows[0];

  it('is done once, by one of many processes that start at once', async () => {
    await Promise.all([migrate(), migrate(), migrate()]);
    expect(await done()).toEqual({ lamps: 'shop.lamp', migrations: 1 });
  });

  it('that takes long between two statements is not cut off', async () => {
    pause = async (runner) => {
      await runner.query(`set local idle_in_transaction_session_timeout to '5s'`);
      await sleep(7_000);
    };
    await migrate();
    expect(await done()).toEqual({ lamps: 'shop.lamp', migrations: 1 });
  });

  it('whose process stands still in the middle keeps others waiting for ten seconds, and is undone', async () => {
    // Given a process that is stopped: it says no more that it lives
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'queueMicrotask', 'Date'] });
    const stands = Promise.withResolvers<undefined>();
    const goesOn = Promise.withResolvers<undefined>();
    pause = () => {
      stands.resolve(undefined);
      return goesOn.promise;
    };
    const standing = migrate().then(
      () => 'done',
      () => 'cut off',
    );
    await stands.promise;
    jest.useRealTimers();
    pause = () => Promise.resolve();
    // When another starts
    const other = migrate().then(() => 'done');
    expect(await Promise.race([other, sleep(40_000, 'still waiting', { ref: false })])).toBe('done');
    goesOn.resolve(undefined);
    expect(await standing).toBe('cut off');
    expect(await done()).toEqual({ lamps: 'shop.lamp', migrations: 1 });
  });
});
