import { existsSync, readFileSync } from 'node:fs';
import { processesOf } from './memory.bench.js';

/** Clock ticks a second in which Linux tells processor time, whatever its own clock. */
const TICKS = 100;

/** Seconds of a processor, user's and system's. */
export interface ProcessorTime {
  node: number;
  postgres: number;
}

/** Seconds of a processor that a process has used, with the children that it has seen end if wanted; 0 of one that has ended. Linux only. */
export function processorSecondsOf(pid: number, withChildren = false): number {
  try {
    // The program's name, in parentheses, may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').map(Number);
    const [user, system, usersOfChildren, systemsOfChildren] = fields.slice(11, 15) as [
      number,
      number,
      number,
      number,
    ];
    return (user + system + (withChildren ? usersOfChildren + systemsOfChildren : 0)) / TICKS;
  } catch {
    return 0;
  }
}

/**
 * What this process, with all its threads, and the PostgreSQL server with this postmaster have used so far. Elsewhere than
 * on Linux nobody tells of the server.
 */
export function processorTime(postmaster: number): ProcessorTime {
  const { user, system } = process.cpuUsage();
  const postgres = existsSync('/proc/self/stat')
    ? processesOf(postmaster).reduce((sum, one) => sum + processorSecondsOf(one, one === postmaster), 0)
    : 0;
  return { node: (user + system) / 1e6, postgres };
}

/** What the work has used. */
export async function processorTimeOf(
  postmaster: number,
  work: () => Promise<unknown>,
): Promise<ProcessorTime> {
  const before = processorTime(postmaster);
  await work();
  const after = processorTime(postmaster);
  return { node: after.node - before.node, postgres: after.postgres - before.postgres };
}
