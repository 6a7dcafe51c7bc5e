import { Command, InvalidArgumentError, Option } from 'commander';
import { interruptible } from '../system/interruption.js';
import { UsageProblem } from '../system/problem.js';
import { print } from '../terminal/output.js';
import { checkOutput, writeLines } from '../terminal/output-file.js';
import { number } from '../terminal/progress.js';
import type { Unit } from '../value/value.fit.js';
import { jsonCommand, wholeNumber } from './options.js';

interface FileOptions {
  mapping: string;
}

interface FitOptions extends FileOptions {
  json?: boolean;
  model: string;
  until: string;
  unit: Unit;
  holdout?: string;
  prior: boolean;
}

interface ScoreOptions extends FileOptions {
  model: string;
  until?: string;
  horizon: number;
  discount: number;
  margin: number;
  level: number;
  unit: Unit;
  output?: string;
  json?: boolean;
}

export const valueCommand = (): Command =>
  new Command('value')
    .description('lifetime value of the customers in a file of orders, without a system')
    .addCommand(fitCommand())
    .addCommand(scoreCommand())
    .addCommand(calibrationCommand());

/** Models in continuous time. */
const CONTINUOUS = ['bg-nbd', 'mbg-nbd', 'pareto-nbd'];

const ofFile = (command: Command) =>
  command
    .argument('<file>', 'orders: CSV or columns, plain or gzipped')
    .requiredOption(
      '--mapping <name or file>',
      'how to read it: a ready-made mapping (perennial mappings), or a file',
    );

const fitCommand = () =>
  ofFile(jsonCommand('fit', 'fits models, and compares them with what happened afterwards'))
    .requiredOption('--until <date>', 'last day that the models know, like 2026-06-30')
    .option('--model <names>', 'with commas between, or all', 'bg-nbd,mbg-nbd,pareto-nbd,gamma-gamma')
    .addOption(unitOption('unit of time of the parameters'))
    .option('--holdout <date>', 'last day of what happened afterwards')
    .option('--no-prior', 'add no weak prior where buyers are few')
    .action(fit);

const scoreCommand = () =>
  ofFile(jsonCommand('score', 'writes what every customer will do and is worth, as CSV'))
    .option('--until <date>', 'as of this day (default: that of the last order)')
    .option('--model <name>', 'a model of orders, or auto: the best on the last days', 'auto')
    .option('--horizon <days>', 'how far ahead', wholeNumber(1), 365)
    .option('--discount <rate>', 'a year, such as 0.1', fraction(0, 10), 0.1)
    .option('--margin <share>', 'what remains of a unit of revenue', fraction(0, 1), 1)
    .option('--level <probability>', 'of the intervals', fraction(0.01, 0.999), 0.8)
    .addOption(unitOption('for bg-bb: the time between two occasions to order'))
    .option('--output <file>', 'where to write (default: to the terminal or pipe)')
    .action(score);

const calibrationCommand = () =>
  ofFile(
    jsonCommand('calibration', 'compares chances told on days of the past with what came, corrected and not'),
  )
    .option(
      '--model <names>',
      'models of orders, with commas between; the best is taken',
      'bg-nbd,mbg-nbd,pareto-nbd',
    )
    .action(calibration);

const unitOption = (description: string) =>
  new Option('--unit <unit>', description).choices(['day', 'week', 'month', 'year']).default('week');

function fraction(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

async function ordersOf(file: string, mapping: string, now: Date, quiet = false) {
  const { loadMapping } = await import('../import/mapping.js');
  const { readOrderDays } = await import('../value/order-days.js');
  return interruptible((signal) => readOrderDays(file, loadMapping(mapping), { quiet, signal, now }));
}

async function fit(file: string, options: FitOptions): Promise<void> {
  const { fitModels, MODELS } = await import('../value/value.fit.js');
  const { report } = await import('../value/value.report.js');
  const { rejections } = await import('../value/order-days.js');
  const { until, unit, holdout, prior, mapping } = options;
  const named = options.model.split(',').map((name) => name.trim());
  const models = named.includes('all') ? MODELS : [...new Set(named)];
  const unknown = named.filter((name) => name !== 'all' && !MODELS.includes(name));
  if (unknown.length) {
    throw new UsageProblem(`There is no model "${unknown.join('", "')}"; there are ${MODELS.join(', ')}.`);
  }
  const now = new Date();
  const orders = await ordersOf(file, mapping, now, options.json);
  const fitting = fitModels(orders, {
    now,
    models,
    until,
    unit,
    prior: prior ? 'auto' : 'none',
    ...(holdout !== undefined && { holdout }),
  });
  const { withoutCustomer, rejected, examples, refunds } = orders;
  print(
    { file, mapping, orders: orders.orders, refunds, withoutCustomer, rejected, examples, ...fitting },
    options.json,
    (all) =>
      [
        `${number(all.orders)} orders and ${number(refunds)} refunds of ${all.customers} customers` +
          (withoutCustomer ? `; ${number(withoutCustomer)} without a customer are left out` : ''),
        ...rejections(all),
        report(all),
      ].join('\n'),
  );
}

async function calibration(
  file: string,
  options: FileOptions & { json?: boolean; model: string },
): Promise<void> {
  const { tryCalibration, calibrationReport } = await import('../value/value.calibration.js');
  const named = options.model.split(',').map((name) => name.trim());
  const unknown = named.filter((name) => !CONTINUOUS.includes(name));
  if (unknown.length)
    throw new UsageProblem(
      `"${unknown.join('", "')}" tells no chance to order within days; there are ${CONTINUOUS.join(', ')}.`,
    );
  const orders = await ordersOf(file, options.mapping, new Date(), options.json);
  print(
    { file, mapping: options.mapping, ...tryCalibration(orders, named) },
    options.json,
    calibrationReport,
  );
}

async function score(file: string, options: ScoreOptions): Promise<void> {
  const { orderModels } = await import('@perennial/lifetime-value');
  const { csvLines, jsonLines, scoreCustomers } = await import('../value/value.score.js');
  const { rejections } = await import('../value/order-days.js');
  const models = Object.keys(orderModels);
  if (options.model !== 'auto' && !models.includes(options.model)) {
    throw new UsageProblem(
      `There is no model "${options.model}" to score by; there are auto, ${models.join(', ')}.`,
    );
  }
  const { model, until, horizon, discount, margin, level, unit, output, mapping } = options;
  // What can't be written is not computed first.
  if (output !== undefined) await checkOutput(output, file);
  const now = new Date();
  const orders = await ordersOf(file, mapping, now, options.json);
  const scoring = scoreCustomers(orders, {
    now,
    model,
    unit,
    horizonDays: horizon,
    annualDiscountRate: discount,
    margin,
    level,
    ...(until !== undefined && { until }),
  });
  process.stderr.write(`perennial: ${scoring.fit.model} as of ${scoring.asOf}: ${scoring.because}.\n`);
  for (const line of rejections(orders)) process.stderr.write(`${line}\n`);
  for (const problem of scoring.problems) process.stderr.write(`perennial: ${problem}\n`);
  await writeLines(options.json ? jsonLines(scoring) : csvLines(scoring), output);
}
