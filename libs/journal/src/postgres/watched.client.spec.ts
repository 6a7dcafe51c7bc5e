import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asNewEvent,
  event,
  subjectIdOf,
  TcpProxy,
  testDatabase,
  type TestDatabase,
} from '@perennial/testing';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { migrateJournal } from '../migrate-journal.js';
import { PostgresJournal } from './postgres-journal.js';
import { openPool } from './watched.client.js';

/** Longer than a connection may say nothing before it is asked about, and given up. */
const LONG = 5_000;
/** The kernel would notice after a quarter of an hour at the earliest. */
const SECONDS = 30_000;

describe('on a way to the database that loses connections without a word', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let url: string;
  const pools: pg.Pool[] = [];
  beforeEach(async () => {
    database = await testDatabase();
    proxy = await TcpProxy.to(Number(new URL(database.url).port));
    url = Object.assign(new URL(database.url), { port: String(proxy.port) }).toString();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
    proxy.close();
    await database.drop();
  });

  /** A pool with so many connections that nobody uses. */
  const idle = async (connections: number) => {
    const pool = openPool(url, { name: 'test', max: connections });
    pools.push(pool);
    await Promise.all(Array.from({ length: connections }, () => pool.query('select pg_sleep(0.1)')));
    return pool;
  };
  const listeners = async () => {
    const { rows } = await database.pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'perennial journal listen' and datname = current_database()`,
    );
    return rows.map(({ pid }) => pid);
  };

  /** Whether an append has reached the server, and waits there for a lock. */
  const isWaiting = async () => {
    const { rowCount } = await database.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return rowCount! > 0;
  };

  it('a query fails within seconds, and the connections beside it are replaced before they fail others', async () => {
    const pool = await idle(4);
    proxy.forget();
    const asked = Date.now();
    await expect(pool.query('select')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await Promise.all(Array.from({ length: 4 }, () => pool.query('select pg_sleep(0.1)')));
    expect(Date.now() - asked).toBeLessThan(SECONDS);
  });

  it('a process that hears nothing for longer than a connection may take, takes the answer that came meanwhile', async () => {
    const pool = openPool(database.url, { name: 'test', max: 1 });
    pools.push(pool);
    const asking = pool.query<{ one: number }>('select 1 as one');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONG + 500);
    expect((await asking).rows).toEqual([{ one: 1 }]);
  });

  it('a statement that the server works on is waited for, also while others are given up', async () => {
    const pool = await idle(1);
    proxy.forget();
    const other = await idle(1);
    const working = other.query<{ done: number }>(`select 1 as done from pg_sleep(${(2 * LONG) / 1_000})`);
    await expect(pool.query('select')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect((await working).rows).toEqual([{ done: 1 }]);
  });

  it('a server that answers nobody is waited for', async () => {
    const pool = await idle(2);
    proxy.hold();
    const asking = pool.query<{ one: number }>('select 1 as one');
    await sleep(LONG);
    proxy.goOn();
    expect((await asking).rows).toEqual([{ one: 1 }]);
  });

  it('who reads slowly what is copied to him is waited for', async () => {
    const pool = await idle(1);
    const client = await pool.connect();
    const rows = client.query(
      copyTo(`copy (select repeat('x', 999) from generate_series(1, 20000)) to stdout`),
    );
    await sleep(LONG);
    let bytes = 0;
    for await (const chunk of rows) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(20_000_000);
    client.release();
  });

  it('an append whose answer was lost is refused, and known when it is sent again', async () => {
    await migrateJournal(database.url);
    const journal = new PostgresJournal(url);
    try {
      const given = event('page.viewed', 'user:1', { path: '/' });
      const append = () => journal.append(subjectIdOf('user:1'), 'any', [asNewEvent(given)]);
      const locker = await database.pool.connect();
      await locker.query('begin; lock table journal.event in exclusive mode');
      const appending = append();
      const refused = expect(appending).rejects.toMatchObject({ code: 'ETIMEDOUT' });
      while (!(await isWaiting())) await sleep(20);
      proxy.forget();
      await locker.query('commit');
      locker.release();
      await refused;
      expect((await append()).duplicates).toHaveLength(1);
      expect(await journal.readStream(subjectIdOf('user:1'))).toHaveLength(1);
    } finally {
      await journal.close();
    }
  });

  it('who waits to be told of appends listens on another connection', async () => {
    await migrateJournal(database.url);
    const journal = new PostgresJournal(url, { pollEvery: 500 });
    try {
      await journal.onAppended(() => undefined);
      const before = await listeners();
      proxy.forget();
      const asked = Date.now();
      while ((await listeners()).every((pid) => before.includes(pid)) && Date.now() - asked < SECONDS)
        await sleep(100);
      expect(Date.now() - asked).toBeLessThan(SECONDS);
    } finally {
      await journal.close();
    }
  });
});

/** A message of the server: its type, its length, and what it says. */
const message = (type: string, body: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};

it('a connection that the server ends with the very answer that opens it fails its query, not the process', async () => {
  const opened = message('R', Buffer.alloc(4));
  const ready = message('Z', Buffer.from('I'));
  const ended = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));
  const server = createServer((socket) =>
    socket.once('data', () => socket.end(Buffer.concat([opened, ready, ended]))),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pool = openPool(`postgres://anyone:secret@127.0.0.1:${port}/any`, { name: 'test', max: 1 });
  const client = await pool.connect();
  await expect(client.query('select')).rejects.toThrow();
  client.release(true);
  await pool.end();
  server.close();
});
