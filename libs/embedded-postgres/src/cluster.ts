import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, EmbeddedPostgresError, owner } from './server.program.js';

/** What PostgreSQL keeps in a folder. */
export interface Cluster {
  data: string;
  /** Of its owner, `perennial`. */
  password: string;
}

/** The cluster of a folder, made on first use, which no server works on. */
export async function prepareCluster(folder: string, durable: boolean): Promise<Cluster> {
  const data = join(folder, 'postgres');
  const passwordFile = join(data, 'superuser.password');
  const as = owner();
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (as && statSync(data).uid !== as.uid) chownSync(data, as.uid, as.gid);
  await stopOrphan(data);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    // initdb wants an empty folder, so the password is put there afterwards.
    const password = randomBytes(24).toString('base64url');
    const temporary = join(folder, `.password-${process.pid}`);
    try {
      initialise(data, password, temporary, durable);
    } finally {
      rmSync(temporary, { force: true });
    }
    writeFileSync(passwordFile, password, { mode: 0o600 });
  }
  return { data, password: readFileSync(passwordFile, 'utf8').trim() };
}

/** An empty cluster. `durable`: it is on the disk before anything is put into it. */
function initialise(data: string, password: string, passwordFile: string, durable: boolean): void {
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
    ...(durable ? [] : ['--no-sync']),
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
