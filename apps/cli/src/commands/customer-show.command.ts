import type { Command } from 'commander';
import { withSystem, type Connected } from '../system/system.js';
import { moment, print, table } from '../terminal/output.js';
import { systemCommand, wholeNumber, type CommonOptions } from './options.js';
import { customerIdOf, ifThere } from './customer.finder.js';

interface ShowOptions extends CommonOptions {
  limit: number;
}

interface Entry {
  at: string;
  type: string;
  summary: string;
  channel: string | null;
  source: string;
  orderId: string | null;
}

/** What the services know; each part is theirs, as their OpenAPI document describes it. */
interface Story {
  customerId: string;
  /** Who the customer is and how it came: /api/acquisition/customers/{id}. */
  acquisition?: Record<string, unknown>;
  /** What it bought: /api/retention/customers/{id}. */
  retention?: Record<string, unknown>;
  /** How often we meet: /api/interactions/customers/{id}/activity. */
  activity?: Record<string, unknown>;
  /** The latest of what happened, the newest last: /api/interactions/customers/{id}/timeline. */
  timeline: Entry[];
  /** Whether more happened before. */
  more: boolean;
}

export const showCommand = (): Command =>
  systemCommand('show', "one customer's story")
    .argument('<id>', "the customer's id, or one of its subjects, e.g. user:17850")
    .option('--limit <number>', 'how much of the timeline', wholeNumber(1), 30)
    .action(async (id: string, options: ShowOptions) => {
      const story = await withSystem(options, (system) => read(system, id, Math.min(options.limit, 500)));
      print(story, options.json, forPeople);
    });

async function read({ client }: Connected, id: string, limit: number): Promise<Story> {
  const customerId = await customerIdOf(client, id);
  const of = (service: string, what = '') => `/api/${service}/customers/${customerId}${what}`;
  const part = (path: string) => ifThere<Record<string, unknown>>(client, path);
  const [acquisition, retention, activity, timeline] = await Promise.all([
    part(of('acquisition')),
    part(of('retention')),
    part(of('interactions', '/activity')),
    client.get<{ items: Entry[]; next: string | null }>(of('interactions', `/timeline?limit=${limit}`)),
  ]);
  return {
    customerId,
    ...(acquisition && { acquisition }),
    ...(retention && { retention }),
    ...(activity && { activity }),
    timeline: timeline.items.toReversed(),
    more: timeline.next !== null,
  };
}

function forPeople({ customerId, acquisition, retention, activity, timeline, more }: Story): string {
  return [
    `Customer ${customerId}`,
    ...section('Who, and how it came', acquisition),
    ...section('What it bought', retention),
    ...section('How we meet', activity),
    '',
    more ? `The latest ${timeline.length} of what happened (--limit)` : 'What happened',
    timeline.length
      ? table([
          ['when (UTC)', 'what', 'channel'],
          ...timeline.map(({ at, summary, channel }) => [moment(at), summary, channel]),
        ])
      : '  nothing',
  ].join('\n');
}

function section(title: string, part: Record<string, unknown> | undefined): string[] {
  const facts = Object.entries(part ?? {}).filter(
    ([name, value]) => name !== 'customerId' && !isEmpty(value),
  );
  if (facts.length === 0) return [];
  const width = Math.max(...facts.map(([name]) => inWords(name).length));
  return ['', title, ...facts.flatMap(([name, value]) => fact(inWords(name).padEnd(width), value))];
}

const isEmpty = (value: unknown) =>
  value === null || value === undefined || (Array.isArray(value) && !value.length);

function fact(name: string, value: unknown): string[] {
  const lines = Array.isArray(value) ? value.map(shown) : [shown(value)];
  return lines.map((line, index) => `  ${index === 0 ? name : ' '.repeat(name.length)}  ${line}`);
}

/** `firstOrderAt` → `first order at`. */
const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function shown(value: unknown): string {
  if (typeof value === 'string') return isTime.test(value) ? moment(value) : value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(([, inner]) => !isEmpty(inner))
    .map(([name, inner]) => `${inWords(name)} ${shown(inner)}`)
    .join(', ');
}
