#!/usr/bin/env node
// npm run faults: builds what is missing and gives the faults a folder, which stays where one was not survived.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit } from '../../../apps/cli/bin/prepare.mjs';
import { pinnedNode } from '../../../apps/cli/bin/program.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
await prepareOrExit({ build: true });

const folder = mkdtempSync(join(tmpdir(), 'perennial-faults-'));
// PostgreSQL runs as another user under root and has to get through.
chmodSync(folder, 0o755);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// A process group of its own: whatever it has started ends with it.
const child = spawn(
  pinnedNode(root),
  ['--enable-source-maps', main, ...process.argv.slice(2), '--folder', folder],
  { stdio: 'inherit', detached: true },
);
const endGroup = (signal) => {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // All of it has ended.
  }
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => endGroup('SIGKILL'));
child.once('exit', (code) => {
  endGroup('SIGKILL');
  stopServers(folder);
  if (code === 0) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code ?? 1);
});

/** Database servers are not of the group: they are found by their folders. */
function stopServers(within) {
  for (const entry of readdirSync(within, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file = join(within, entry.name, 'postmaster.pid');
    if (existsSync(file)) {
      try {
        process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
      } catch {
        // It has ended meanwhile.
      }
    } else if (!['base', 'logs'].includes(entry.name)) stopServers(join(within, entry.name));
  }
}
