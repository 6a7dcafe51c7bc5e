import { writeSync } from 'node:fs';
import { parsedOptions } from '@perennial/testing';
import { appendFigures } from './append.bench.js';
import { startBenchServer } from './bench-server.bench.js';
import type { Bench } from './bench.bench.js';
import { endToEndFigures } from './end-to-end.bench.js';
import { equityFigures } from './equity.bench.js';
import { eventStoreFigures } from './eventstore.bench.js';
import { resultOf, type Figure, type Result } from './figures.bench.js';
import { fitFigures } from './fit.bench.js';
import { idleFigures } from './idle.bench.js';
import { ingestFigures } from './ingest.bench.js';
import { lifetimeValueFiguresAlone } from './lifetime-value-process.bench.js';
import { kafkaFigures } from './kafka.bench.js';
import { projectionFigures } from './projection.bench.js';
import { relayFigures } from './relay.bench.js';
import { load, machine, profiles, table, type Report } from './report.bench.js';
import { rescoreFigures } from './rescore.bench.js';
import { scaleFigures } from './scale.bench.js';
import { SERVICES } from './service.bench.js';

const PARTS: Record<string, (bench: Bench) => Promise<Figure[]>> = {
  append: appendFigures,
  projection: projectionFigures,
  ingest: ingestFigures,
  scale: scaleFigures,
  rescore: rescoreFigures,
  equity: equityFigures,
  fit: fitFigures,
  'lifetime-value': lifetimeValueFiguresAlone,
  relay: relayFigures,
  kafka: kafkaFigures,
  door: endToEndFigures,
  idle: idleFigures,
  eventstore: eventStoreFigures,
};
/** Measured together with others. */
const ALSO: Record<string, string> = { single: 'append', rebuild: 'projection', memory: 'ingest' };
const DEFAULT = ['append', 'projection', 'ingest'];
/** What `--retention` measures. */
const RETENTION = ['lifetime-value', 'rescore', 'fit'];
/** What `--kafka` measures. */
const KAFKA = ['relay', 'kafka', 'door', 'idle'];

const USAGE = `npm run bench -- [options]
  --only PART[,PART…]     ${Object.keys({ ...PARTS, ...ALSO }).join(', ')}
                          (without: ${DEFAULT.join(', ')})
  --kafka                 ${KAFKA.join(', ')}
  --retention             ${RETENTION.join(', ')}
  --scale                 two sizes, compared: --sizes 1000000,10000000
  --events N              200000: how large the journal is
  --customers N           1000000: of --retention
  --rounds N              3: how often all is measured; the median counts
  --services NAME[,NAME…] ${SERVICES.map(({ schema }) => schema).join(', ')}
  --json                  all figures, for programs`;

const { values: options } = parsedOptions('bench', USAGE, {
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    events: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    scale: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '1000000,10000000' },
    retention: { type: 'boolean', default: false },
    customers: { type: 'string', default: '1000000' },
    kafka: { type: 'boolean', default: false },
    services: { type: 'string' },
    json: { type: 'boolean', default: false },
    folder: { type: 'string' },
  },
});

const wholeNumber = (name: string, text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number from 1, not "${text}".`);
  return value;
};

function asked(): string[] {
  if (options.scale) return ['scale'];
  if (options.kafka) return KAFKA;
  return options.retention ? RETENTION : DEFAULT;
}

function chosen(): string[] {
  const named = options.only?.split(',') ?? asked();
  const parts = new Set(named.map((name) => ALSO[name] ?? name));
  for (const part of parts)
    if (!PARTS[part])
      throw new Error(`--only knows ${Object.keys({ ...PARTS, ...ALSO }).join(', ')}; not "${part}".`);
  return [...parts];
}

function sizes(): readonly [number, number] {
  const named = options.sizes.split(',').map((text) => wholeNumber('sizes', text));
  const [small, large] = named;
  if (small === undefined || large === undefined || named.length > 2 || small >= large)
    throw new Error(`--sizes must be two numbers, the smaller first, not "${options.sizes}".`);
  return [small, large];
}

function services(): ReadonlySet<string> {
  const known = SERVICES.map(({ schema }) => schema);
  const named = options.services?.split(',') ?? known;
  for (const name of named)
    if (!known.includes(name)) throw new Error(`--services knows ${known.join(', ')}; not "${name}".`);
  return new Set(named);
}

const print = (text: string) => writeSync(1, `${text}\n`);
const say = (text: string) => writeSync(2, `bench: ${text} …\n`);

async function run(): Promise<void> {
  if (options.help) {
    print(USAGE);
    return;
  }
  const parts = chosen();
  const events = wholeNumber('events', options.events);
  const rounds = wholeNumber('rounds', options.rounds);
  const customers = wholeNumber('customers', options.customers);
  const folder = options.folder ?? '';
  const chosenServices = services();
  const chosenSizes = sizes();
  const started = new Date();
  const loadBefore = load();
  const server = await startBenchServer(folder);
  const results: Result[] = [];
  try {
    for (const part of parts) {
      say(part);
      const measured = (
        await PARTS[part]!({
          ...{ server, events, customers, rounds, folder, say },
          services: chosenServices,
          sizes: chosenSizes,
        })
      ).map(resultOf);
      results.push(...measured);
      if (!options.json) print(`${table(measured)}\n`);
    }
    const report: Report = {
      events,
      rounds,
      startedAt: started.toISOString(),
      seconds: Math.round((Date.now() - started.getTime()) / 1_000),
      machine: { ...machine(), postgres: server.version, loadBefore, loadAfter: load() },
      results,
    };
    if (options.json) print(JSON.stringify(report, undefined, 2));
    else print(`${profiles(results)}\n\n${JSON.stringify(report.machine)}, ${report.seconds} s`);
  } finally {
    await server.stop();
  }
}

// Whoever started this one is gone: what it has started goes, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
process.on('disconnect', () => process.exit(1));
try {
  await run();
  process.exit(0);
} catch (error) {
  writeSync(2, `bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
