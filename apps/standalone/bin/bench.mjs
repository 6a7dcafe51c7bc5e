#!/usr/bin/env node
// npm run bench: builds what is missing, gives the benchmark a folder, and leaves nothing behind, however it ends.
import { fork } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit } from '../../cli/bin/prepare.mjs';
import { NODE_MEMORY, pinnedNode } from '../../cli/bin/program.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
await prepareOrExit({ build: true });

const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
// PostgreSQL runs as another user under root and has to get through.
chmodSync(folder, 0o755);
const main = fileURLToPath(new URL('../dist/bench/main.bench.js', import.meta.url));
const child = fork(main, [...process.argv.slice(2), '--folder', folder], {
  execPath: pinnedNode(root),
  execArgv: ['--enable-source-maps'],
  // The standalone under measurement is bounded as its launcher bounds it.
  env: { ...process.env, STANDALONE_NODE_MEMORY: NODE_MEMORY.join(' ') },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
child.once('exit', async (code) => {
  await stopServers();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code ?? 1);
});

/** Servers of the folder whose owner was killed; the standalone stops its own when it notices that we are gone. */
async function stopServers() {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name, 'postgres', 'postmaster.pid');
    if (!existsSync(file)) continue;
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    try {
      process.kill(pid, 'SIGINT');
    } catch {
      // It has ended meanwhile.
    }
    for (let waited = 0; existsSync(file) && waited < 20_000; waited += 100)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
