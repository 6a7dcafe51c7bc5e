import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const heartbeat = 2_000;
/** Without a heartbeat for so long, the owner is gone (or its machine sleeps). Milliseconds. */
const abandoned = 30_000;

/**
 * Runs `work` while holding the lock file, which names its owner. The lock of a process that ended
 * without removing it (kill -9, power cut) is taken over.
 */
export async function withLock(file, { waiting }, work) {
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !take(file); await sleep(200)) {
    if (removeAbandoned(file)) continue;
    if (!told) waiting();
    told = true;
  }
  const beat = setInterval(() => touch(file), heartbeat);
  const release = () => rmSync(file, { force: true });
  const interrupted = (signal) => {
    release();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, `${hostname()} ${process.pid} ${Math.random()}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody removed it by hand; the work goes on.
  }
}

function removeAbandoned(file) {
  const owner = ownerOf(file);
  if (owner === undefined || !isAbandoned(file, owner)) return false;
  // Moved away rather than removed: two may see the same dead owner, and the slower one must not
  // remove the lock that the faster one has taken meanwhile.
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch {
    // The other one was faster.
  }
  return true;
}

function ownerOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAbandoned(file, owner) {
  const [host, pid] = owner.split(' ');
  if (host === hostname() && pid && !isRunning(Number(pid))) return true;
  try {
    return Date.now() - statSync(file).mtimeMs > abandoned;
  } catch {
    return false;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
