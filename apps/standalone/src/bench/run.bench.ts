import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@perennial/embedded-postgres';
import { journalBench } from '@perennial/journal';
import { openPlatform } from '@perennial/read-models';
import { DATABASE_SETTINGS, startStandalone } from '../standalone.js';
import { asTable, reached, type Figure } from './bench.report.js';
import { ingestFigure, memoryInUse } from './ingest.bench.js';
import { fillJournal, projections, type Statements } from './projection.bench.js';
import { singleEvents } from './single-events.bench.js';

const PARTS = ['append', 'single', 'projection', 'ingest'] as const;
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: PARTS.join(',') },
    json: { type: 'boolean', default: false },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const only = values.only.split(',');
const say = (text: string) => process.stderr.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
chmodSync(folder, 0o755);
const figures: Figure[] = [];
let statements: Record<string, Statements> = {};

async function onServer(work: (server: EmbeddedPostgres, url: string) => Promise<void>): Promise<void> {
  const server = await startEmbeddedPostgres({ folder: mkdtempIn('server'), settings: DATABASE_SETTINGS });
  try {
    await work(server, server.urlOf('postgres'));
  } finally {
    await server.stop();
  }
}

function mkdtempIn(name: string): string {
  const made = mkdtempSync(join(folder, name));
  chmodSync(made, 0o755);
  return made;
}

async function appends(url: string): Promise<void> {
  for (const batch of [1_000, 10_000]) {
    say(`append in batches of ${batch} …`);
    const { copy, append, ratio, pipelined, read } = await journalBench(url, {
      events: Math.min(events, 60_000),
      batch,
      rounds,
    });
    figures.push({
      name: `append in batches of ${batch.toLocaleString('en')}`,
      unit: 'events/s',
      ours: append,
      peer: { name: 'COPY', value: copy },
      ratio,
      target: { at: 'least', value: 0.8 },
      note: `two batches under way: ${pipelined.toLocaleString('en')} events/s; reading back: ${read.toLocaleString('en')} events/s`,
    });
  }
}

async function project(url: string): Promise<void> {
  const platform = await openPlatform({
    journalUrl: url,
    streamUrl: url,
    databaseUrl: url,
    vaultUrl: url,
    masterKey: Buffer.alloc(32, 7).toString('base64'),
  });
  say(`filling the journal with ${events} events …`);
  await fillJournal(platform, events);
  say('projecting and rebuilding each service …');
  const result = await projections(platform);
  figures.push(...result.figures);
  statements = result.statements;
  await platform.close();
}

async function standalone(): Promise<void> {
  say('HTTP ingest and memory of a whole standalone …');
  const data = mkdtempIn('data');
  const running = await startStandalone({ data, port: 0, sample: false });
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, memoryInUse())), 500);
  try {
    figures.push(await ingestFigure(running, folder, events));
    figures.push({
      name: 'memory of the standalone, peak',
      unit: 'MiB',
      ours: peak,
      target: { at: 'most', value: 600 },
      note: `after ${events.toLocaleString('en')} events; our process and the database, shared pages once`,
    });
  } finally {
    clearInterval(watch);
    await running.stop();
  }
}

try {
  if (only.includes('append') || only.includes('single'))
    await onServer(async (_server, url) => {
      if (only.includes('append')) await appends(url);
      if (only.includes('single')) {
        say('single events …');
        figures.push(await singleEvents(url, Math.min(events, 20_000), rounds));
      }
    });
  if (only.includes('projection')) await onServer((_server, url) => project(url));
  if (only.includes('ingest')) await standalone();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const machine = {
  cores: cpus().length,
  processor: cpus()[0]?.model ?? '',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: loadavg()[0],
};
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ events, rounds, machine, figures: figures.map((figure) => ({ ...figure, reached: reached(figure) })), statements }, undefined, 2)}\n`,
  );
else {
  process.stdout.write(
    `${asTable(figures)}\n\nMilliseconds that the statements of the live projection took:\n\n`,
  );
  for (const [service, times] of Object.entries(statements))
    process.stdout.write(
      `- ${service}: ${Object.entries(times)
        .map(([name, time]) => `${name} ${time}`)
        .join('; ')}\n`,
    );
  process.stdout.write(
    `\n${events.toLocaleString('en')} events, ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, Node ${machine.node}, load at the end ${machine.load?.toFixed(1)}\n`,
  );
}
