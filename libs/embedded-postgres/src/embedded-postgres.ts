import { spawn, type ChildProcess } from 'node:child_process';
import { appendFile, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { prepareCluster } from './cluster.js';
import { command, EmbeddedPostgresError } from './server.program.js';

/** A running PostgreSQL server whose data live in one folder. */
export interface EmbeddedPostgres {
  /** Connection string of the owner (superuser) and the maintenance database `postgres`. */
  url: string;
  port: number;
  /** Process id of the postmaster. */
  pid: number;
  /** The same server's connection string for another database. */
  urlOf(database: string): string;
  /** Fast shutdown: open transactions are rolled back, committed ones are kept. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made when missing. */
  folder: string;
  /** Where it listens, if nobody else does; 0, absent or taken: any free port. */
  port?: number;
  /** Server settings, e.g. `{ shared_buffers: '256MB' }`. */
  settings?: Record<string, string>;
  /** Called once when the server ends without `stop` having been called. */
  onExit?: (code: number | null) => void;
}

/** The port wanted, or with 0 any free one; rejects when it is taken. */
const freePort = (wanted = 0) =>
  new Promise<number>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/**
 * Large blocks go back to the system as soon as they are free. By itself the C library keeps them: after a few large
 * statements an idle connection would hold tens of MB.
 */
const ALLOCATION = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Somebody else was quicker at a port that was free. */
const TAKEN = /Address already in use/;

/** Starts the server of a folder, making the cluster on first use. Resolves when it accepts connections. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  for (let tries = 1; ; tries++)
    try {
      return await startOnFreePort(options);
    } catch (error) {
      if (tries === 3 || !TAKEN.test(String(error))) throw error;
    }
}

async function startOnFreePort(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // Without fsync nothing in it outlives a power cut anyway.
  const { data, password } = await prepareCluster(options.folder, options.settings?.fsync !== 'off');
  // Only now: a server that was left behind has let its port go.
  const port = await freePort(options.port).catch(() => freePort());
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The log is for the server's troubles. Statements and details of errors would put customers' data into it.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log: string[] = [];
  let isInUse = false;
  const postgres = command('postgres', data, ['-D', data, '-p', String(port), ...flags]);
  const server: ChildProcess = spawn(postgres.file, postgres.args, {
    ...postgres.account,
    cwd: data,
    // Its own process group: Ctrl-C on the terminal reaches us alone, and we stop it when we are done.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', ...ALLOCATION },
  });
  const logFile = join(options.folder, 'postgres.log');
  // The log of one start: enough to find out why it ended, and it can't fill the disk over the years.
  writeFileSync(logFile, '', { mode: 0o600 });
  server.stderr?.on('data', (chunk: Buffer) => {
    log.push(chunk.toString());
    if (log.length > 100) log.shift();
    appendFile(logFile, chunk, () => undefined);
  });
  const exited = new Promise<number | null>((resolve) => server.once('exit', (code) => resolve(code)));
  const urlOf = (database: string) => `postgres://perennial:${password}@127.0.0.1:${port}/${database}`;
  let ended = false;
  void exited.then((code) => {
    ended = true;
    if (isInUse) options.onExit?.(code);
  });
  try {
    await accepts(urlOf('postgres'), () => ended);
    isInUse = true;
  } catch (error) {
    server.kill('SIGQUIT');
    throw new EmbeddedPostgresError(
      `PostgreSQL did not start in ${data}: ${log.join('').trim().split('\n').slice(-5).join(' | ') || String(error)}`,
    );
  }
  return {
    url: urlOf('postgres'),
    port,
    pid: server.pid ?? 0,
    urlOf,
    async stop() {
      isInUse = false;
      if (ended) return;
      server.kill('SIGINT');
      await exited;
    },
  };
}

/** Resolves when a connection was made; rejects after half a minute, or when the server has ended. */
async function accepts(url: string, ended: () => boolean): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      client.end().catch(() => undefined);
      if (ended() || tries > 600) throw error;
      await sleep(50);
    }
  }
}
