import { Command } from 'commander';
import { interruptible, type Interrupted } from '../system/interruption.js';
import { Unreachable } from '../system/problem.js';
import { loadStandalone, startedOrExplained } from '../system/standalone.js';
import { table } from '../terminal/output.js';
import { number, Progress } from '../terminal/progress.js';
import { systemArguments, wholeNumber } from './options.js';

interface StartOptions {
  port: number;
  data: string;
  empty?: boolean;
}

/** How many events the sample company has, about: for the bar only. */
const SAMPLE_EVENTS = 92_500;

export const startCommand = (): Command =>
  new Command('start')
    .description('starts the whole system on this machine, with an embedded PostgreSQL')
    .option('--port <port>', 'where it listens', wholeNumber(0), 8080)
    .option('--data <folder>', 'where its data are', '.perennial')
    .option('--empty', 'without the simulated sample company')
    .action(start);

async function start({ port, data, empty = false }: StartOptions): Promise<void> {
  await interruptible(async (signal) => {
    const { startStandalone } = await loadStandalone();
    const progress = new Progress({ quiet: false });
    const system = await startedOrExplained(data, () =>
      startStandalone({
        data,
        port,
        sample: !empty,
        // Between two steps it can be told to stop.
        onStage: (stage) => {
          signal.throwIfAborted();
          process.stderr.write(`perennial: ${stage} …\n`);
        },
        onSample: (events) => {
          signal.throwIfAborted();
          progress.show(
            events / SAMPLE_EVENTS,
            `playing in the simulated sample company: ${number(events)} events`,
          );
        },
      }),
    );
    progress.end();
    try {
      process.stdout.write(`${whereToLook(system, data)}\n`);
      await Promise.race([
        stopped(signal),
        system.broken.then(({ message }) => Promise.reject(new Unreachable(message))),
      ]);
    } finally {
      process.stderr.write('perennial: stopping …\n');
      await system.stop();
    }
  });
}

/** Being told to stop is how this command ends well. */
const stopped = (signal: AbortSignal) =>
  new Promise<Interrupted | undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

function whereToLook({ url, analystUrl }: { url: string; analystUrl: string }, data: string): string {
  const option = data === '.perennial' ? '' : systemArguments({ data });
  const steps = [
    [`npx perennial status${option}`, 'what there is, and how fresh it is'],
    [`npx perennial import FILE --mapping …${option}`, 'your own orders (npx perennial mappings)'],
    [`npx perennial verify${option}`, 'compares every read model with the journal'],
  ];
  const shown = table([['', ''], ...steps])
    .split('\n')
    .slice(1);
  return [
    '',
    `  Perennial runs: ${url}`,
    '',
    '  In another terminal:',
    ...shown.map((step) => `    ${step}`),
    `    psql ${analystUrl}`,
    '',
    '  Ctrl-C stops it.',
  ].join('\n');
}
