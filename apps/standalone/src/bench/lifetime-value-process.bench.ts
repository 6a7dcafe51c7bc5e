import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';

/**
 * The figures of `lifetimeValueFigures`, from a process of their own, as the peer has one: this one has loaded the
 * whole of Perennial, and each collection of garbage goes through all of it.
 */
export async function lifetimeValueFiguresAlone({ customers, rounds, folder }: Bench): Promise<Figure[]> {
  const main = fileURLToPath(new URL('./lifetime-value-main.bench.js', import.meta.url));
  const child = fork(main, [String(customers), String(rounds), folder]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The process that measures lifetime value ended with ${String(code)}.`);
  });
  const [figures] = (await Promise.race([once(child, 'message'), ended])) as [Figure[]];
  ended.catch(() => undefined);
  child.disconnect();
  return figures;
}
