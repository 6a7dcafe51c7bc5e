import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Server, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { freePorts, testDatabase } from '@perennial/testing';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';
import { EmbeddedPostgresError } from './server.program.js';

const query = async <Row extends object>(url: string, sql: string): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('an embedded PostgreSQL', () => {
  let folder: string;
  const running: EmbeddedPostgres[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'perennial-embedded-'));
    chmodSync(folder, 0o755);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async (settings?: Record<string, string>) => {
    const server = await startEmbeddedPostgres({ folder, settings });
    running.push(server);
    return server;
  };

  it('keeps its data from one start to the next, and takes settings', async () => {
    const first = await start({ work_mem: '7MB' });
    expect(await query(first.url, 'show work_mem')).toEqual([{ work_mem: '7MB' }]);
    await query(first.url, 'create table kept as select 1 as one');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  it('starts in a folder that its owner alone may enter, under root, too', async () => {
    chmodSync(folder, 0o700);
    const server = await start();
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('takes over from a server that a killed process left behind', async () => {
    const [port] = await freePorts(1);
    const orphan = await startEmbeddedPostgres({ folder, port });
    running.push(orphan);
    await query(orphan.url, 'create table kept as select 1 as one');
    const next = await startEmbeddedPostgres({ folder, port: orphan.port });
    running.push(next);
    expect(next.pid).not.toBe(orphan.pid);
    expect(next.port).toBe(orphan.port);
    expect(await query(next.url, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  it('takes another port when the one wanted is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const server = await startEmbeddedPostgres({ folder, port });
    running.push(server);
    expect(server.port).not.toBe(port);
    other.close();
  });

  it('takes another port when somebody is quicker at the one that it chose', async () => {
    const [quicker, { close }] = [createServer(), Server.prototype];
    const closing = jest.spyOn(Server.prototype, 'close').mockImplementationOnce(function (
      this: Server,
      done,
    ) {
      const { port } = this.address() as AddressInfo;
      return close.call(this, () => quicker.listen(port, '127.0.0.1', done));
    });
    const server = await start();
    closing.mockRestore();
    expect(server.port).not.toBe((quicker.address() as AddressInfo).port);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    quicker.close();
  });

  it('says why it does not start', async () => {
    await expect(start({ shared_buffers: 'plenty' })).rejects.toThrow(/shared_buffers/);
    await (await start()).stop();
    running.splice(0);
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '9\n');
    await expect(start()).rejects.toThrow(EmbeddedPostgresError);
  });

  it('listens on loopback only, and asks for a password', async () => {
    const server = await start();
    expect(await query(server.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const stranger = Object.assign(new URL(server.url), { password: 'guess' }).toString();
    await expect(query(stranger, 'select 1')).rejects.toThrow(/password/);
  });

  it('writes no data of a failed statement into its log', async () => {
    const server = await start();
    await query(server.url, 'create table person (email text primary key)');
    await query(server.url, `insert into person values ('ann@example.org')`);
    await expect(query(server.url, `insert into person values ('ann@example.org')`)).rejects.toThrow(
      /duplicate/,
    );
    await server.stop();
    running.splice(0);
    const log = readFileSync(join(folder, 'postgres.log'), 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toContain('ann@example.org');
  });
});

it('serves a test an empty database', async () => {
  const database = await testDatabase();
  const { rows } = await database.pool.query<{ one: number }>('select 1 as one');
  expect(rows).toEqual([{ one: 1 }]);
  await database.drop();
});
