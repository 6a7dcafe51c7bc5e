import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@perennial/embedded-postgres';
import { anEvent, aStream } from '../journal.contract.js';
import { migratePostgres } from './migrate.js';
import { PostgresJournal } from './postgres-journal.js';

/** Asynchronous commits that are written late: what an administrator might choose, and what loses data in a crash. */
const settings = { fsync: 'on', synchronous_commit: 'off', wal_writer_delay: '10s' };

describe('an acknowledged append', () => {
  let folder: string;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perennial-crash-'));
    chmodSync(folder, 0o755);
    server = await startEmbeddedPostgres({ folder, settings });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('survives an immediate stop of the server, even where commits are asynchronous by default', async () => {
    await migratePostgres(server.url);
    const journal = new PostgresJournal(server.url);
    const other = new pg.Client({ connectionString: server.url });
    other.on('error', () => undefined);
    await other.connect();
    await other.query('create table careless (n integer)');

    const acknowledged: string[] = [];
    let crashed = false;
    const writer = async () => {
      while (!crashed) {
        const event = anEvent();
        await journal.append(aStream(), 0, [event]).then(
          () => acknowledged.push(event.eventId),
          () => undefined,
        );
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    while (acknowledged.length < 500) await new Promise((resolve) => setTimeout(resolve, 5));
    crashed = true;
    await Promise.all(writers);
    // The same crash loses a commit that was not flushed: the test would notice. Whoever flushes late stands still.
    const { rows } = await other.query<{ pid: number }>(
      `select pid from pg_stat_activity where backend_type = 'walwriter'`,
    );
    const late = rows[0]!.pid;
    process.kill(late, 'SIGSTOP');
    await other.query('insert into careless values (1)');
    const down = new Promise<void>((resolve) => other.once('end', () => resolve()));
    process.kill(server.pid, 'SIGQUIT');
    await down;
    process.kill(late, 'SIGKILL');
    await Promise.allSettled([journal.close(), other.end()]);

    server = await startEmbeddedPostgres({ folder, settings });
    const after = new PostgresJournal(server.url);
    const stored = await after.readShards(
      (await after.heads()).map(({ shard }) => ({ shard, after: 0 })),
      100_000,
    );
    const ids = new Set(stored.flatMap(({ events }) => events).map(({ eventId }) => eventId));
    expect(acknowledged.filter((eventId) => !ids.has(eventId))).toEqual([]);
    expect(await after.checkIntegrity()).toEqual([]);
    await after.close();
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query('select from careless')).rowCount).toBe(0);
    await client.end();
  });
});
