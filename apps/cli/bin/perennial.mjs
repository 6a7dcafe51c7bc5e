#!/usr/bin/env node
// The perennial command: installs and builds what is missing, then runs on the pinned Node.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepareOrExit } from './prepare.mjs';
import { pinnedNode } from './program.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
await prepareOrExit({ build: true });

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// Left alone, Node lets its heap grow to a gigabyte before it collects; the system works in a third of that.
const memory = ['--max-old-space-size=384', '--max-semi-space-size=16'];
const child = spawn(pinnedNode(root), ['--enable-source-maps', ...memory, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});

// Ctrl-C reaches the child by itself, as it does every process of the terminal's foreground group;
// passing it on would look like a second, impatient one. A signal sent to us alone is passed on.
const fromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
process.on('SIGINT', () => fromTerminal || child.kill('SIGINT'));
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));

child.once('error', (error) => {
  process.stderr.write(`perennial: Node can't be started: ${error.message}\n`);
  process.exit(1);
});
child.once('exit', (code, signal) => {
  if (!signal) process.exit(code);
  // To whoever waits for us, we end as the child ended.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
