import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClient } from './client.js';
import { interruptible } from './interruption.js';
import { Unreachable, UsageProblem } from './problem.js';
import { loadStandalone, startedOrExplained } from './standalone.js';

/** Which system a command speaks to. */
export interface SystemOptions {
  /** Of a running system. */
  url?: string;
  /** Folder of a standalone system; started for the command if it does not run. */
  data?: string;
}

export interface Connected {
  client: SystemClient;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
}

export const DEFAULT_DATA = '.perennial';

/** What a running standalone system says of itself in its data folder. */
interface Running {
  url: string;
  pid: number;
}

/**
 * Runs work with a system: the one at `url`, or the standalone one of the folder `data`, running or started
 * for the work in this process and stopped after it. Throws `Unreachable` if there is none.
 */
export async function withSystem<Result>(
  { url, data = DEFAULT_DATA }: SystemOptions,
  work: (system: Connected) => Promise<Result>,
): Promise<Result> {
  return interruptible(async (signal) => {
    const client = (at: string) => {
      const token = process.env.PERENNIAL_TOKEN;
      return new SystemClient(at, { signal, ...(token && { token }) });
    };
    if (url !== undefined) {
      const given = client(checkedUrl(url));
      await given.get('/health/live');
      return work({ client: given, signal });
    }
    const running = await runningIn(data);
    if (running) return work({ client: client(running), signal });
    process.stderr.write(`perennial: no system runs on ${data}; starting one for this command …\n`);
    const { startStandalone } = await loadStandalone();
    const standalone = await startedOrExplained(data, () =>
      startStandalone({ data: resolve(data), port: 0, sample: false }),
    );
    try {
      signal.throwIfAborted();
      return await work({ client: client(standalone.url), signal });
    } finally {
      await standalone.stop();
    }
  });
}

function checkedUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed && ['http:', 'https:'].includes(parsed.protocol)) return parsed.href;
  throw new UsageProblem(`--url is an address such as http://localhost:8080, not "${url}".`);
}

/** The address of the system that runs on a data folder. */
async function runningIn(data: string): Promise<string | undefined> {
  const file = join(data, 'standalone.json');
  // One that has just been started may not answer yet.
  for (let attempt = 0; attempt < 40; attempt++) {
    const running = readRunning(file);
    if (!running || !isAlive(running.pid)) return undefined;
    if (await answers(running.url)) return running.url;
    await sleep(250);
  }
  throw new Unreachable(`The system on ${data} has not answered for 10 s. Is it starting, or stuck?`);
}

function readRunning(file: string): Running | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { url, pid } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Running>;
    return url !== undefined && pid !== undefined ? { url, pid } : undefined;
  } catch {
    // Half written by a process that was killed; what runs is told by the lock that standalone takes.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const { ok } = await fetch(new URL('/health/live', url), { signal: AbortSignal.timeout(2_000) });
    return ok;
  } catch {
    return false;
  }
}
