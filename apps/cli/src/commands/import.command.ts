import type { Command } from 'commander';
import type { Summary } from '../import/import.run.js';
import type { Rejection } from '../import/order-file.js';
import { caughtUp } from '../system/caught-up.js';
import { interruptible } from '../system/interruption.js';
import { withSystem } from '../system/system.js';
import { print, table } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { systemArguments, systemCommand, wholeNumber, type CommonOptions } from './options.js';

interface ImportOptions extends CommonOptions {
  mapping: string;
  dryRun?: boolean;
  limit?: number;
  wait: boolean;
}

/** What is printed: with `caughtUp` after the events were sent, with `examples` of bad lines in a dry run. */
type Imported = Summary & { mapping: string } & (
    | { caughtUp: boolean; examples?: undefined }
    | { caughtUp?: undefined; examples: Omit<Rejection, 'body'>[] }
  );

/** Bad lines that a dry run shows for each reason. */
const SHOWN = 3;

export const importCommand = (): Command =>
  systemCommand('import', 'brings a file of orders in; run again, it counts nothing twice')
    .argument('<file>', 'CSV or columns, plain or gzipped')
    .requiredOption(
      '--mapping <name or file>',
      'how to read it: a ready-made mapping (perennial mappings), or a file',
    )
    .option('--dry-run', 'read it and say what it holds, and send nothing')
    .option('--limit <lines>', 'only orders that begin in so many first lines', wholeNumber(1))
    .option('--no-wait', 'do not wait until the read models have caught up')
    .action((file: string, options: ImportOptions) => importOrders(file, options));

async function importOrders(file: string, options: ImportOptions): Promise<void> {
  const { loadMapping } = await import('../import/mapping.js');
  const { importFile, tryFile } = await import('../import/import.run.js');
  const { json = false, limit, wait } = options;
  const mapping = loadMapping(options.mapping);
  const run = {
    name: file,
    mapping,
    options: { now: new Date(), ...(limit !== undefined && { limit }) },
    quiet: json,
    endedEarly: sayWhatIsDone,
  };
  if (options.dryRun) {
    const examples: Omit<Rejection, 'body'>[] = [];
    const note = ({ body: _, ...rejection }: Rejection) => {
      if (examples.filter(({ code }) => code === rejection.code).length < SHOWN) examples.push(rejection);
    };
    const summary = await interruptible((signal) => tryFile(run, signal, note));
    print<Imported>({ ...summary, mapping: options.mapping, examples }, json, (all) => forPeople(all, ''));
    return;
  }
  const imported = await withSystem(options, async (system) => {
    const summary = await importFile(run, system);
    return { ...summary, caughtUp: wait && (await caughtUp(system, json)) };
  });
  print<Imported>({ ...imported, mapping: options.mapping }, json, (all) =>
    forPeople(all, systemArguments(options)),
  );
}

function sayWhatIsDone({ lines, accepted, duplicates }: Summary): void {
  if (accepted + duplicates === 0) return;
  process.stderr.write(
    `perennial: of the first ${number(lines)} lines at least ${number(accepted)} events were accepted, ${number(duplicates)} were already there. Run the same command again: nothing is counted twice.
`,
  );
}

function forPeople(imported: Imported, system: string): string {
  const { lines, orders, returns, products, accepted, duplicates, rejected, seconds, examples } = imported;
  const found = `${number(lines)} lines: ${number(orders)} orders, ${number(returns)} returns, ${number(products)} product names`;
  const reasons = Object.entries(rejected).map(([code, count]) => `  rejected: ${number(count)}  ${code}`);
  if (examples) {
    const shown = examples.map(({ reference, message }) => `    ${reference}: ${message}`);
    return [found, ...reasons, ...shown, 'Nothing was sent (--dry-run).'].join('\n');
  }
  return [
    found,
    `  accepted ${number(accepted)}, already there ${number(duplicates)}, in ${number(seconds)} s`,
    ...reasons,
    '',
    ...nextSteps(imported, system),
  ].join('\n');
}

function nextSteps({ caughtUp, rejected, firstSubject = 'user:42' }: Imported, system: string): string[] {
  const steps = [
    [`perennial status${system}`, 'events, customers, and how to connect as an analyst'],
    [`perennial customer show ${firstSubject}${system}`, 'one customer'],
    ...(Object.keys(rejected).length
      ? [[`perennial rejected list${system}`, 'what was rejected, and why']]
      : []),
  ];
  return [
    caughtUp
      ? 'The read models have caught up. Look at:'
      : 'The read models are still catching up (perennial status). Then look at:',
    ...table([['', ''], ...steps])
      .split('\n')
      .slice(1)
      .map((step) => `  ${step}`),
  ];
}
