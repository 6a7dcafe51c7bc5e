import type { Command } from 'commander';
import { withSystem } from '../system/system.js';
import { moment, print, table } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { systemCommand, type CommonOptions } from './options.js';

export interface Status {
  events: number;
  customers: number;
  rejected: number;
  /** Where events came from. */
  sources?: string[];
  /** Events in the journal that a service could not apply. */
  unapplied?: number;
  readModels: { name: string; rows: number; lag: number; updatedAt: string | null }[];
  /** What keeps a service from advancing. */
  problems?: Record<string, string>;
  analystUrl: string | null;
}

export const statusCommand = (): Command =>
  systemCommand('status', 'events, customers, and how fresh each read model is').action(
    async (options: CommonOptions) => {
      const status = await withSystem(options, ({ client }) => client.get<Status>('/api/operations/status'));
      print(status, options.json, forPeople);
    },
  );

function forPeople({
  events,
  customers,
  rejected,
  sources = [],
  unapplied = 0,
  readModels,
  problems = {},
  analystUrl,
}: Status) {
  const models = readModels.map(({ name, rows, lag, updatedAt }) => [name, rows, lag, moment(updatedAt)]);
  return [
    `${number(events)} events, ${number(customers)} customers${simulatedIn(sources)}`,
    ...(rejected
      ? [`${number(rejected)} rejected events wait for a correction: perennial rejected list`]
      : []),
    ...(unapplied
      ? [`${number(unapplied)} events could not be applied to read models; the log says why`]
      : []),
    ...Object.entries(problems).map(([service, problem]) => `${service}: ${problem}`),
    '',
    table([['read model', 'rows', 'lag', 'updated (UTC)'], ...models]),
    ...(analystUrl ? ['', `For analysts: psql ${analystUrl}`] : []),
  ].join('\n');
}

/** What is simulated is never shown as if it were real. */
function simulatedIn(sources: readonly string[]): string {
  const simulated = sources.filter((source) => source.startsWith('/simulated/'));
  if (simulated.length === 0) return '';
  return simulated.length === sources.length
    ? ', all simulated'
    : `, some simulated (${simulated.join(', ')})`;
}
