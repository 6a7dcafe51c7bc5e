import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clearAfter } from '../jest/leavings.watch.mjs';

it('a run that is killed leaves no server and no folder behind', async () => {
  const [run, server] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
  const ended = once(server, 'exit');
  const folders = ['one', 'other'].map((name) => mkdtempSync(join(tmpdir(), `perennial-leavings-${name}-`)));
  mkdirSync(join(folders[0]!, 'postgres'));
  writeFileSync(join(folders[0]!, 'postgres', 'postmaster.pid'), `${server.pid!}\n5432\n`);
  clearAfter(run.pid!, folders);
  await sleep(1_500);
  expect(folders.map(existsSync)).toEqual([true, true]);
  expect(server.exitCode).toBeNull();
  run.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGQUIT']);
  for (const end = Date.now() + 60_000; folders.some(existsSync) && Date.now() < end;) await sleep(50);
  expect(folders.map(existsSync)).toEqual([false, false]);
});
