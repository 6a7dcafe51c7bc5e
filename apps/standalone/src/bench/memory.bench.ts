import { readdirSync, readFileSync } from 'node:fs';

/** Proportional set size in MB: a page that several processes share counts once in their sum. 0 for a process that has ended. */
function proportionalSetSize(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

function parentOf(pid: number): number {
  try {
    // The program's name, in parentheses, may hold blanks.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1]);
  } catch {
    return 0;
  }
}

export interface Memory {
  node: number;
  postgres: number;
}

/** The processes of the PostgreSQL server with this postmaster. Linux only. */
export const processesOf = (postmaster: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((one) => one > 0 && (one === postmaster || parentOf(one) === postmaster));

/** What a process and the PostgreSQL server with this postmaster hold now, in MB. Linux only. */
export const memoryOf = (pid: number, postmaster: number): Memory => ({
  node: proportionalSetSize(pid),
  postgres: processesOf(postmaster).reduce((sum, one) => sum + proportionalSetSize(one), 0),
});

/** Looks again and again, and remembers the moment when the sum was greatest. */
export class MemoryWatch {
  peak: Memory = { node: 0, postgres: 0 };
  private readonly timer: NodeJS.Timeout;

  constructor(look: () => Memory) {
    this.timer = setInterval(() => {
      const now = look();
      if (now.node + now.postgres > this.peak.node + this.peak.postgres) this.peak = now;
    }, 200);
  }

  stop(): Memory {
    clearInterval(this.timer);
    return this.peak;
  }
}
