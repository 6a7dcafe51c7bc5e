import type pg from 'pg';

const ignore = () => undefined;

/**
 * Works on one connection of the pool. After a failure nobody knows what state it is in, so it is closed
 * then; a new one is cheap. A connection that breaks fails the query that uses it, not the process.
 */
export async function onConnection<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  client.on('error', ignore);
  let failed = true;
  try {
    const result = await work(client);
    failed = false;
    return result;
  } finally {
    client.removeListener('error', ignore);
    // The pool's own listener is back from here on.
    client.release(failed);
  }
}
