import { writeSync } from 'node:fs';
import { Random } from '@perennial/simulator';
import { parsedOptions } from '@perennial/testing';
import type { Fault } from './fault.js';
import { faults } from './faults.js';
import { runFaults, type Result } from './run.js';
import { isServiceName, type Replicas } from './system/system.js';

const USAGE = `npm run faults -- [options]; npm run soak -- [options] takes faults at random from a system that goes on
  --stream postgres|kafka      where services read events: postgres
  --only NAME[,NAME…]          ${faults.map(({ name }) => name).join(', ')}
  --seed TEXT                  plays the same again
  --times N                    1: how often, each time with another seed
  --minutes N                  60: of a soak
  --within SECONDS             10: how soon all must be back
  --replicas LIST              collector=2,acquisition=2,interactions=1,retention=2,recommendations=1
  --verbose, --json`;

const { values: options } = parsedOptions('faults', USAGE, {
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    seed: { type: 'string' },
    stream: { type: 'string', default: 'postgres' },
    only: { type: 'string' },
    replicas: {
      type: 'string',
      default: 'collector=2,acquisition=2,interactions=1,retention=2,recommendations=1',
    },
    times: { type: 'string', default: '1' },
    soak: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    within: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    folder: { type: 'string', default: '' },
  },
});

const print = (text: string) => writeSync(1, `${text}\n`);

function chosen() {
  const named = options.only?.split(',');
  if (!named) return faults;
  return named.map((name) => {
    const found = faults.find((fault) => fault.name === name || String(fault.number) === name);
    if (!found)
      throw new Error(
        `--only knows ${faults.map((fault) => `${fault.number} (${fault.name})`).join(', ')}; not "${name}".`,
      );
    return found;
  });
}

function streamOf(text: string): 'postgres' | 'kafka' {
  if (text !== 'postgres' && text !== 'kafka')
    throw new Error(`--stream is postgres or kafka; not "${text}".`);
  return text;
}

/** `collector=2,retention=1` */
const replicasOf = (text: string): Replicas =>
  Object.fromEntries(
    text.split(',').map((part) => {
      const [name = '', count = ''] = part.split('=');
      if (!isServiceName(name) || !/^[1-9]$/.test(count))
        throw new Error(`--replicas is a list such as collector=2,retention=1; not "${text}".`);
      return [name, Number(count)];
    }),
  );

const line = ({ number, title, outcome, backAfter, events, retried, because }: Result) => {
  const figures =
    outcome === 'survived'
      ? `back after ${backAfter?.toFixed(1)} s, ${events} events, ${retried} requests sent again`
      : because.join('\n      ');
  return `${String(number).padStart(2)}  ${outcome.padEnd(16)}  ${title}\n      ${figures}`;
};

/** A soak leaves each fault to chance, on a system that goes on: those that need one of their own are not among them. */
function* atRandom(seed: string, until: number): Iterable<Fault> {
  const choices = new Random(seed);
  const among = chosen().filter(
    ({ alone, needs, cannot }) => !alone && (!needs || needs === options.stream) && !cannot?.(),
  );
  while (Date.now() < until) yield choices.pick(among);
}

async function once(seed: string, wanted: Iterable<Fault>): Promise<Result[]> {
  if (!options.json) print(`seed ${seed}`);
  return runFaults({
    faults: wanted,
    seed,
    folder: `${options.folder}/${seed}`,
    replicas: replicasOf(options.replicas),
    stream: streamOf(options.stream),
    seconds: 10,
    backWithin: Number(options.within),
    ...(options.verbose && { onNote: (note: string) => writeSync(2, `${note}\n`) }),
    onResult: (result) => print(options.json ? JSON.stringify(result) : line(result)),
  });
}

async function run(): Promise<number> {
  if (options.help) {
    print(USAGE);
    return 0;
  }
  const results: Result[] = [];
  for (let time = 0; time < (options.soak ? 1 : Number(options.times)); time++) {
    const seed = options.seed && time === 0 ? options.seed : String(Math.floor(Math.random() * 1e9));
    const until = Date.now() + Number(options.minutes) * 60_000;
    results.push(...(await once(seed, options.soak ? atRandom(seed, until) : chosen())));
  }
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  for (const { seed, name } of failed)
    print(
      options.soak
        ? `again: npm run soak -- --stream ${options.stream} --minutes ${options.minutes} --seed ${seed} (${name})`
        : `again: npm run faults -- --stream ${options.stream} --only ${name} --seed ${seed}`,
    );
  const skipped = results.filter(({ outcome }) => outcome === 'could not be run').length;
  const survived = results.length - failed.length - skipped;
  if (!options.json) print(`${survived} survived, ${failed.length} failed, ${skipped} could not be run`);
  if (failed.length > 0) print(`logs and histories: ${options.folder}`);
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exit(await run());
} catch (error) {
  writeSync(2, `faults: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
