import { readdirSync, readFileSync } from 'node:fs';
import { batches, simulate } from '@perennial/simulator';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Standalone } from '../standalone.js';
import { compared, seconds, type Figure } from './bench.report.js';

/** Events as a publisher sends them, from as many simulated companies as it takes. */
function* simulated(wanted: number, firstSeed: number): Generator<object> {
  let left = wanted;
  for (let seed = firstSeed; left > 0; seed++)
    for (const event of simulate({
      seed,
      customers: 2_000,
      from: new Date('2024-01-01T00:00:00.000Z'),
      to: new Date('2026-01-01T00:00:00.000Z'),
    })) {
      if (left-- === 0) return;
      yield event;
    }
}

/** Sends batches of 1,000 over HTTP, two under way at a time, as the importer does. The bodies are made beforehand. */
export async function ingest(url: string, events: number, firstSeed: number): Promise<number> {
  const bodies = [...batches(simulated(events, firstSeed), 1_000)].map((batch) => JSON.stringify(batch));
  const sender = async () => {
    for (let body = bodies.shift(); body; body = bodies.shift()) {
      const response = await fetch(`${url}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json' },
        body,
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  return seconds(() => Promise.all([sender(), sender()]));
}

/** HTTP ingest of a whole standalone, its services at work, beside COPY of the same journal rows. */
export async function ingestFigure(standalone: Standalone, folder: string, events: number): Promise<Figure> {
  const ours = await ingest(standalone.url, events, 1_000);
  const client = new pg.Client({ connectionString: standalone.databaseUrl });
  await client.connect();
  await standalone.caughtUp(3_600_000);
  const file = join(folder, 'journal.txt');
  await pipeline(client.query(copyTo('copy journal.event to stdout')), createWriteStream(file));
  await client.query('create schema peer; create table peer.event (like journal.event including all)');
  const peer = await seconds(() =>
    pipeline(createReadStream(file), client.query(copyFrom('copy peer.event from stdin'))),
  );
  await client.query('drop schema peer cascade');
  await client.end();
  return {
    ...compared(
      'HTTP ingest in batches of 1,000',
      events,
      'COPY of the journal rows',
      [{ ours, peer }],
      undefined,
    ),
    note: 'The client is in the same process as all services, which project what comes in at the same time.',
  };
}

/** Proportional set size of a process: shared pages count once over all that share them. MiB. */
function memoryOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1024;
}

const parentOf = (pid: string): number => {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
};

/** Our process and the database's, MiB. Linux only. */
export function memoryInUse(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const family = new Set([process.pid]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const pid of pids) if (family.has(parentOf(pid))) family.add(Number(pid));
  }
  return [...family].reduce((sum, pid) => {
    try {
      return sum + memoryOf(pid);
    } catch {
      return sum;
    }
  }, 0);
}
