import { randomBytes } from 'node:crypto';
import { openPool } from '@perennial/journal';
import pg from 'pg';

export interface TestDatabase {
  url: string;
  pool: pg.Pool;
  /** Connections that send without waiting for answers, as services write their batches on. */
  batches: pg.Pool;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/** An empty database of its own for one test file, on the server that the test run started. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_POSTGRES_URL;
  if (!server) throw new Error('TEST_POSTGRES_URL is not set: run the tests with "npm test".');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await maintain(server, `create database ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  // As services open theirs: a server that is stopped in the middle of a test must not end the test process.
  const pool = openPool(url, { name: 'test', max: 24 });
  const batches = openPool(url, { name: 'test, batches', max: 24, pipeline: true });
  return {
    url,
    pool,
    batches,
    async drop() {
      await pool.end();
      await batches.end();
      await maintain(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function maintain(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
