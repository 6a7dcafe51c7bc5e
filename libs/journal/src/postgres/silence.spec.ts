import { setTimeout as sleep } from 'node:timers/promises';
import { testDatabase, type TestDatabase } from '@perennial/testing';
import type pg from 'pg';
import { awake, awakeInTransaction, endSilentSession } from './silence.js';

/** The server's patience in these tests, in seconds: much more than a pulse, which may be late, and less than the work takes. */
const PATIENCE = 5;
const LONG = 7_000;

describe('work that leaves its session silent for longer than the server waits', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  /** Ends when its session does, or else when the work does. */
  const onSession = async (work: (client: pg.PoolClient) => Promise<unknown>) => {
    const client = await database.pool.connect();
    client.on('error', () => undefined);
    try {
      await work(client);
      return (await client.query<{ here: boolean }>('select true here')).rows[0]?.here;
    } catch (error) {
      return (error as Error).message;
    } finally {
      client.release(true);
    }
  };
  const impatient = (client: pg.PoolClient) =>
    client.query(`set idle_session_timeout to '${PATIENCE}s';
      set idle_in_transaction_session_timeout to '${PATIENCE}s'`);

  it('goes on while its owner says that it lives, and ends with the session of one who does not', async () => {
    const outcomes = await Promise.all([
      onSession(async (client) => {
        await client.query(endSilentSession);
        await impatient(client);
        await awake(client, () => sleep(LONG));
      }),
      onSession(async (client) => {
        await client.query('begin');
        await awakeInTransaction(client, async () => {
          await impatient(client);
          await sleep(LONG);
        });
        await client.query('commit');
      }),
      onSession(async (client) => {
        await impatient(client);
        await sleep(LONG);
      }),
      onSession(async (client) => {
        await client.query('begin');
        await impatient(client);
        await sleep(LONG);
        await client.query('commit');
      }),
    ]);
    expect(outcomes).toEqual([
      true,
      true,
      expect.stringMatching(/connection|terminat/i),
      expect.stringMatching(/connection|terminat/i),
    ]);
  });

  it('within other such work does not end its pulse', async () => {
    const outcome = await onSession(async (client) => {
      await impatient(client);
      await awake(client, async () => {
        await awake(client, () => Promise.resolve());
        await sleep(LONG);
      });
    });
    expect(outcome).toBe(true);
  });
});
