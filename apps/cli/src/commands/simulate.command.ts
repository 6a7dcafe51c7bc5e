import { InvalidArgumentError, type Command } from 'commander';
import { Sender } from '../import/sender.js';
import { caughtUp } from '../system/caught-up.js';
import { withSystem, type Connected } from '../system/system.js';
import { print } from '../terminal/output.js';
import { number, paceOf, Progress } from '../terminal/progress.js';
import { systemCommand, wholeNumber, type CommonOptions } from './options.js';

interface SimulateOptions extends CommonOptions {
  customers: number;
  seed: string;
  from?: Date;
  to: Date;
  wait: boolean;
}

interface Simulated {
  seed: string;
  customers: number;
  from: string;
  to: string;
  events: number;
  /** Events that are recorded now, and that had been recorded before. */
  accepted: number;
  duplicates: number;
  rejected: Record<string, number>;
  seconds: number;
  caughtUp: boolean;
}

const lastMidnight = () => new Date(new Date().setUTCHours(0, 0, 0, 0));

export const simulateCommand = (): Command =>
  systemCommand('simulate', 'plays in a simulated company; the same options again count nothing twice')
    .option('--customers <number>', 'how many buy at least once', wholeNumber(1), 2000)
    .option('--seed <word>', 'another word, another company', '1')
    .option('--from <day>', 'first day (default: two years before the end)', day)
    .option('--to <day>', 'end (default: last midnight, UTC)', day, lastMidnight())
    .option('--no-wait', 'do not wait until the read models have caught up')
    .action(async (options: SimulateOptions) => {
      const simulated = await withSystem(options, (system) => play(options, system));
      print(simulated, options.json, forPeople);
    });

function day(text: string): Date {
  const date = new Date(text);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError('It must be a day, e.g. 2026-03-01.');
}

async function play(options: SimulateOptions, system: Connected): Promise<Simulated> {
  const { simulate, SIMULATED_SOURCES } = await import('@perennial/simulator');
  const { customers, seed, to, json = false, wait } = options;
  const from = options.from ?? twoYearsBefore(to);
  const sender = new Sender({ ...system, source: SIMULATED_SOURCES });
  const progress = new Progress({ quiet: json });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let events = 0;
  try {
    for (const event of simulate({ seed, customers, from, to })) {
      system.signal.throwIfAborted();
      events++;
      await sender.event(event);
      const part = (Date.parse(event.time) - from.getTime()) / (to.getTime() - from.getTime());
      progress.show(part, `${number(events)} events, ${paceOf(events, part, seconds())}`);
    }
    await sender.finish();
  } finally {
    await sender.settle();
    progress.end();
  }
  const { accepted, duplicates, rejected } = sender;
  return {
    seed,
    customers,
    from: from.toISOString(),
    to: to.toISOString(),
    events,
    accepted,
    duplicates,
    rejected,
    seconds: Math.round(seconds() * 10) / 10,
    caughtUp: wait && (await caughtUp(system, json)),
  };
}

function twoYearsBefore(moment: Date): Date {
  const date = new Date(moment);
  date.setUTCFullYear(date.getUTCFullYear() - 2);
  return date;
}

const forPeople = ({ customers, events, accepted, duplicates, rejected, seconds }: Simulated): string =>
  [
    `A simulated company of ${number(customers)} customers: ${number(events)} events`,
    `  accepted ${number(accepted)}, already there ${number(duplicates)}, in ${number(seconds)} s`,
    ...Object.entries(rejected).map(([code, count]) => `  rejected: ${number(count)}  ${code}`),
  ].join('\n');
