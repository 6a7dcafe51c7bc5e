import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { median } from './figures.bench.js';
import { seconds } from './stopwatch.bench.js';

const SCHEMA = 'peer';

/** Columns that can be written: not those that Postgres computes. */
async function columnsOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  );
  return rows[0]?.columns ?? '';
}

/** COPY is over in seconds, in which much may come between: the same load differs by a third from one time to the next. */
const TIMES = 3;

/**
 * How long COPY takes, from this process, for the very rows of some tables into empty tables like them, with the same
 * indexes, in a schema that goes again. Answers seconds: the median of some times, table by table. `where` chooses among the rows.
 */
export async function copyTime(
  url: string,
  tables: readonly string[],
  folder: string,
  where = '',
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let taken = 0;
  try {
    for (const table of tables) {
      const file = join(folder, `copy-${process.pid}.txt`);
      const columns = await columnsOf(client, table);
      await pipeline(
        client.query(copyTo(`copy (select ${columns} from ${table} ${where}) to stdout`)),
        createWriteStream(file),
      );
      const times: number[] = [];
      while (times.length < TIMES) {
        const peer = await emptyPeer(client, table);
        const load = () =>
          pipeline(createReadStream(file), client.query(copyFrom(`copy ${peer} (${columns}) from stdin`)));
        times.push(await seconds(load));
      }
      taken += median(times);
      await rm(file);
    }
    await client.query(`drop schema if exists ${SCHEMA} cascade`);
  } finally {
    await client.end();
  }
  return taken;
}

/** Makes a table like another in a schema of its own, without the one before. Answers its name. */
async function emptyPeer(client: pg.Client, table: string): Promise<string> {
  const peer = `${SCHEMA}.copied`;
  await client.query(`drop schema if exists ${SCHEMA} cascade; create schema ${SCHEMA}`);
  await client.query(`create table ${peer} (like ${table} including all)`);
  // LIKE leaves the room on the pages behind.
  const { rows } = await client.query<{ options: string | null }>(
    `select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass`,
    [table],
  );
  if (rows[0]?.options) await client.query(`alter table ${peer} set (${rows[0].options})`);
  return peer;
}
