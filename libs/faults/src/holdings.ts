import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from './system/service-process.js';
import type { System } from './system/system.js';

/** What a process holds when nothing is asked of it. */
export interface Holding {
  /** Of its heap, after everything that nobody needs was collected. */
  megabytes: number;
  /** Open files and connections. */
  descriptors: number;
}

/** How much more a process may hold after a while: caches fill up, and connections come and go. */
const MORE: Holding = { megabytes: 24, descriptors: 12 };
/** So often it has to have been looked at before anything is said of it. */
const ENOUGH = 6;
/** Connections of PostgreSQL that a process may hold; docs/operations.md says so, too. */
const CONNECTIONS = 45;

export const megabytesOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** What each process has held after every fault that it has lived through. */
export class Holdings {
  private readonly seen = new Map<ServiceProcess, Holding[]>();

  /** Looks at a system at rest. Answers what is held that should have been given back. */
  async look(system: System): Promise<string[]> {
    const processes = system.processes.filter(({ isAlive, isPaused, url }) => isAlive && !isPaused && url);
    for (const each of processes) each.collect();
    await sleep(500);
    for (const each of processes) {
      const holding = await holdingOf(each);
      this.seen.set(each, [...(this.seen.get(each) ?? []), holding]);
      system.history.note(
        `${each.name} holds ${holding.megabytes.toFixed(1)} MB and ${holding.descriptors} descriptors`,
      );
    }
    return [
      ...processes.flatMap((each) => grown(this.seen.get(each) ?? []).map((what) => `${each.name} ${what}`)),
      ...(await connectionFaults(system, processes.length)),
    ];
  }
}

async function holdingOf(process: ServiceProcess): Promise<Holding> {
  const heap = await process.metric('nodejs_heap_size_used_bytes');
  const external = await process.metric('nodejs_external_memory_bytes');
  return {
    megabytes: (heap + external) / 1024 / 1024,
    descriptors: readdirSync(`/proc/${process.pid}/fd`).length,
  };
}

/** In which of its holdings a process has grown from the first third of its life to the last. */
export function grown(holdings: readonly Holding[]): string[] {
  if (holdings.length < ENOUGH) return [];
  const third = Math.floor(holdings.length / 3);
  return (Object.keys(MORE) as (keyof Holding)[]).flatMap((what) => {
    const [before, after] = [
      median(holdings.slice(0, third).map((one) => one[what])),
      median(holdings.slice(-third).map((one) => one[what])),
    ];
    return after - before > MORE[what]
      ? [`holds ${after.toFixed(0)} ${what}, it was ${before.toFixed(0)} ${holdings.length} faults ago`]
      : [];
  });
}

/** Of two in the middle the lesser: what was seen once, just when something was at work, is not held. */
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;

/** Connections that nobody has, and transactions that nobody ends. */
async function connectionFaults({ pool }: System, processes: number): Promise<string[]> {
  const { rows } = await pool.query<{ connections: number; standing: number }>(`
    select count(*)::int as connections,
           (count(*) filter (where state like 'idle in transaction%' and state_change < now() - interval '10 s'))::int as standing
      from pg_stat_activity where backend_type = 'client backend'`);
  const { connections = 0, standing = 0 } = rows[0] ?? {};
  const faults: string[] = [];
  if (connections > (processes + 1) * CONNECTIONS)
    faults.push(`PostgreSQL has ${connections} connections, of ${processes} processes`);
  if (standing > 0) faults.push(`PostgreSQL has ${standing} transactions that nobody ends`);
  return faults;
}
