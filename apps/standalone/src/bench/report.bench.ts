import { cpus, loadavg, totalmem } from 'node:os';
import { median, type Result, type Target } from './figures.bench.js';

export interface Machine {
  processor: string;
  processors: number;
  memory: string;
  node: string;
  postgres: string;
  /** Programs that were running or waiting, on average over the last minute. */
  loadBefore: number;
  loadAfter: number;
}

export interface Report {
  events: number;
  rounds: number;
  startedAt: string;
  seconds: number;
  machine: Machine;
  results: Result[];
}

export const load = () => Math.round((loadavg()[0] ?? 0) * 100) / 100;

export const machine = (): Omit<Machine, 'postgres' | 'loadBefore' | 'loadAfter'> => ({
  processor: cpus()[0]?.model ?? 'unknown',
  processors: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
});

const number = (value: number) => Math.round(value).toLocaleString('en');
const spread = (values: readonly number[]) =>
  values.length > 1 ? ` (${number(Math.min(...values))}–${number(Math.max(...values))})` : '';

const targetText = ({ atLeast, atMost }: Target) =>
  [atLeast === undefined ? '' : `≥ ${atLeast}`, atMost === undefined ? '' : `≤ ${atMost}`]
    .filter(Boolean)
    .join(', ');

const cells = ({ name, unit, ours, peer, peers, ratio, ratios, target, reached }: Result) => [
  name,
  `${number(median(ours))}${spread(ours)} ${unit}`,
  peers ? `${peer}: ${number(median(peers))}${spread(peers)}` : '',
  ratios && ratios.length > 1
    ? `${ratio} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
    : String(ratio ?? ''),
  target ? targetText(target) : '',
  reached === undefined ? '' : reached ? 'reached' : 'not reached',
];

const HEADINGS = ['', 'ours: median (min–max)', 'beside', 'ratio', 'target', ''];

/** The results as a table that is also Markdown. */
export function table(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [
    line(HEADINGS),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.slice(1).map(line),
  ].join('\n');
}

/** Where the time goes: the parts of each figure that take two hundredths of it or more. */
export const profiles = (results: readonly Result[]): string =>
  results
    .filter(({ profile }) => profile)
    .map(({ name, profile }) =>
      [
        `${name}:`,
        ...profile!
          .filter(({ share }) => share >= 0.02)
          .map(({ part, share }) => `  ${String(Math.round(share * 100)).padStart(3)} %  ${part}`),
      ].join('\n'),
    )
    .join('\n\n');
