import { spawn } from 'node:child_process';
import { pinnedNode } from './program.mjs';

/** Runs a program of the checkout on the pinned Node in this process's place: with its signals, ending as it ends. */
export function runInOurPlace(root, args) {
  const child = spawn(pinnedNode(root), ['--enable-source-maps', ...args], { stdio: 'inherit' });

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
}
