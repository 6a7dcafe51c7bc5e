import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { batches } from '@perennial/simulator';
import pg from 'pg';
import type { Bench } from './bench.bench.js';
import { companyEvents } from './company.bench.js';
import type { Figure } from './figures.bench.js';
import { MemoryWatch, type Memory } from './memory.bench.js';
import { StandaloneUnderBench } from './standalone-under-bench.bench.js';
import { seconds } from './stopwatch.bench.js';
import { copyTime } from './table-copy.bench.js';

/** Requests under way at a time. */
const LANES = 4;
/** Events made beforehand, so that making them is not measured. */
const AT_ONCE = 50_000;

const sum = ({ node, postgres }: Memory) => node + postgres;

/** A whole standalone, in another process, fed over HTTP by this one; all its services at work meanwhile. */
export async function ingestFigures({ events, rounds, folder, say }: Bench): Promise<Figure[]> {
  const data = join(folder, 'standalone');
  mkdirSync(data, { mode: 0o755 });
  const standalone = await StandaloneUnderBench.start(data);
  try {
    const watch = new MemoryWatch(() => standalone.memory());
    const accepted: number[] = [];
    const applied: number[] = [];
    const copied: number[] = [];
    const perRound = Math.ceil(events / rounds);
    const company = companyEvents(events);
    for (let round = 0; round < rounds; round++) {
      say(`ingest, round ${round + 1} of ${rounds}`);
      const before = await count(standalone.databaseUrl);
      const sending = await postAll(standalone.url, company, perRound);
      const catchingUp = await seconds(() => standalone.caughtUp());
      const sent = (await count(standalone.databaseUrl)) - before;
      accepted.push(perRound / sending);
      applied.push(perRound / (sending + catchingUp));
      const newest = `where recorded_at >= (select recorded_at from journal.event order by recorded_at offset ${before} limit 1)`;
      const copying = await copyTime(standalone.databaseUrl, ['journal.event'], folder, newest);
      copied.push(sent / copying);
    }
    const peak = watch.stop();
    say('waiting for the standalone to be idle');
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const idle = standalone.memory();
    return [
      {
        name: 'HTTP ingest, batches of 1,000, services at work',
        unit: 'events/s',
        ours: accepted,
        peer: 'COPY into the journal',
        peers: copied,
      },
      { name: 'the same, until all services have applied them', unit: 'events/s', ours: applied },
      ...memoryFigures('at its peak', peak, { atMost: 600 }),
      ...memoryFigures('20 s later', idle, { atMost: 600 }),
    ];
  } finally {
    await standalone.stop();
  }
}

const memoryFigures = (when: string, memory: Memory, target: Figure['target']): Figure[] => [
  { name: `memory of the standalone, ${when}`, unit: 'MB', ours: [sum(memory)], target },
  { name: `… of it Node`, unit: 'MB', ours: [memory.node] },
];

async function count(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>('select count(*) from journal.event');
  await client.end();
  return Number(rows[0]?.count);
}

/** Sends the company's next events in batches of a thousand, four under way. Answers how long the requests took, in seconds; preparing them is not counted. */
export async function postAll(url: string, company: Iterator<object>, events: number): Promise<number> {
  let taken = 0;
  for (let sent = 0; sent < events; sent += AT_ONCE) {
    const some: object[] = [];
    for (let next = company.next(); !next.done; next = company.next()) {
      some.push(next.value);
      if (some.length === Math.min(AT_ONCE, events - sent)) break;
    }
    const bodies = [...batches(some, 1_000)].map((batch) => JSON.stringify(batch)).values();
    const lane = async () => {
      for (const body of bodies) await post(url, body);
    };
    taken += await seconds(() => Promise.all(Array.from({ length: LANES }, lane)));
  }
  return taken;
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(`${url}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body,
  });
  const answer = (await response.json()) as { accepted?: number; rejected?: unknown[] };
  if (!response.ok || answer.rejected?.length !== 0)
    throw new Error(`The standalone answered ${response.status}: ${JSON.stringify(answer).slice(0, 500)}`);
}
