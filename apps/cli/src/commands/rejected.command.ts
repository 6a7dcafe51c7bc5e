import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { SystemClient } from '../system/client.js';
import { Refused, UsageProblem } from '../system/problem.js';
import { withSystem } from '../system/system.js';
import { moment, print, table } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { systemCommand, wholeNumber, type CommonOptions } from './options.js';

/** What could not be accepted. */
interface Rejected {
  id: string;
  origin: string;
  source: string | null;
  reference: string | null;
  code: string;
  message: string;
  count: number;
  status: string;
  lastReceivedAt: string;
}

interface Page {
  items: Rejected[];
  next: string | null;
}

const API = '/api/collector/rejected';
const pathOf = (id: string, action = '') => `${API}/${encodeURIComponent(id)}${action}`;

export const rejectedCommand = (): Command =>
  new Command('rejected')
    .description('what could not be accepted: look at it, correct it, retry it')
    .addCommand(list())
    .addCommand(show())
    .addCommand(retry())
    .addCommand(dismiss());

interface ListOptions extends CommonOptions {
  status: string;
  code?: string;
  source?: string;
  limit: number;
}

const list = () =>
  systemCommand('list', 'the latest first')
    .option('--status <status>', 'open, retried or dismissed', 'open')
    .option('--code <code>', 'only for this reason, e.g. stock-correction')
    .option('--source <source>', 'only from this source')
    .option('--limit <number>', 'how many', wholeNumber(1), 50)
    .action(async (options: ListOptions) => {
      const page = await withSystem(options, ({ client }) => read(client, options));
      print(page, options.json, ({ items, next }) =>
        items.length === 0
          ? `Nothing is ${options.status}.`
          : [
              table([
                ['id', 'where', 'code', 'times', 'received (UTC)', 'why'],
                ...items.map(({ id, origin, reference, code, count, lastReceivedAt, message }) => [
                  id,
                  reference ?? origin,
                  code,
                  count,
                  moment(lastReceivedAt),
                  message,
                ]),
              ]),
              ...(next ? [`… and more (--limit, --code)`] : []),
            ].join('\n'),
      );
    });

async function read(client: SystemClient, { status, code, source, limit }: ListOptions): Promise<Page> {
  const items: Rejected[] = [];
  let next: string | null = null;
  do {
    const query = new URLSearchParams({ status, limit: String(Math.min(500, limit - items.length)) });
    if (code) query.set('code', code);
    if (source) query.set('source', source);
    if (next) query.set('after', next);
    const page: Page = await client.get(`${API}?${query.toString()}`);
    items.push(...page.items);
    next = page.next;
  } while (next && items.length < limit);
  return { items, next };
}

const show = () =>
  systemCommand('show', 'one, with what was sent')
    .argument('<id>')
    .action(async (id: string, options: CommonOptions) => {
      const rejected = await withSystem(options, ({ client }) => client.get<Rejected>(pathOf(id)));
      print(rejected, options.json, (all) => JSON.stringify(all, undefined, 2));
    });

interface RetryOptions extends CommonOptions {
  with?: string;
  all?: boolean;
  code?: string;
  source?: string;
}

interface RetriedAll {
  retried: number;
  /** Rejected again. */
  refused: number;
}

const retry = () =>
  systemCommand('retry', 'sends one again, perhaps corrected, or all')
    .argument('[id]')
    .option('--with <file>', 'the corrected event, as JSON')
    .option('--all', 'all that are open')
    .option('--code <code>', 'with --all: only those rejected for this reason')
    .option('--source <source>', 'with --all: only those from this source')
    .action(async (id: string | undefined, options: RetryOptions) => {
      if ((id === undefined) !== (options.all ?? false)) throw new UsageProblem('Say which one, or --all.');
      if (id === undefined) await retryAll(options);
      else await retryOne(id, options);
    });

async function retryOne(id: string, options: RetryOptions): Promise<void> {
  const event = options.with === undefined ? undefined : eventIn(options.with);
  const answer = await withSystem(options, ({ client }) =>
    client.post(pathOf(id, '/retry'), event === undefined ? {} : { event }),
  );
  print(answer, options.json, () => 'Accepted.');
}

async function retryAll(options: RetryOptions): Promise<void> {
  const { code, source } = options;
  const answer = await withSystem(options, ({ client }) =>
    client.post<RetriedAll>(`${API}/retry`, { ...(code && { code }), ...(source && { source }) }),
  );
  print(
    answer,
    options.json,
    ({ retried, refused }) => `${number(retried)} accepted, ${number(refused)} still rejected.`,
  );
  if (answer.refused > 0) throw new Refused('Some were rejected again; perennial rejected list says why.');
}

function eventIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new UsageProblem(`${file} holds no event: ${(error as Error).message}.`);
  }
}

const dismiss = () =>
  systemCommand('dismiss', 'says that one is not to be retried')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why')
    .action(async (id: string, { reason, ...options }: CommonOptions & { reason: string }) => {
      const answer = await withSystem(options, ({ client }) =>
        client.post(pathOf(id, '/dismiss'), { reason }),
      );
      print(answer, options.json, () => 'Dismissed.');
    });
