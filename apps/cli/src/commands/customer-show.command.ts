import type { Command } from 'commander';
import { withSystem, type Connected } from '../system/system.js';
import { moment, print, table } from '../terminal/output.js';
import { systemCommand, wholeNumber, type CommonOptions } from './options.js';
import { customerIdOf, customerPath, ifThere } from './customer.finder.js';

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
  /** Other systems that told of the same order. */
  alsoToldBy?: string[];
}

/** A part of the story: where a service tells it, and under which title people read which of it; absent: all. */
interface Part {
  path: (customerId: string) => string;
  title: string;
  fields?: readonly string[];
}

/** What the services know, in the sequence in which it is told. */
const parts = {
  acquisition: { path: (id) => customerPath(id), title: 'Who, and how it came' },
  retention: { path: (id) => `/api/retention/customers/${id}`, title: 'What it bought' },
  score: {
    path: (id) => `/api/retention/scores/${id}`,
    title: 'What it is worth, and whether it is leaving',
    fields: [
      'asOf',
      'churnRisk',
      'riskBand',
      'expectedOrders',
      'expectedValue',
      'lifetimeValue',
      'valueSoFar',
      'currency',
      'subscriptions',
    ],
  },
  group: {
    path: (id) => `/api/retention/groups/customers/${id}`,
    title: 'Which relationship it is, and what to do',
    fields: ['group', 'valuePerYear', 'loyalty', 'strategy'],
  },
  activity: { path: (id) => `/api/interactions/customers/${id}/activity`, title: 'How we meet' },
} satisfies Record<string, Part>;

/** Each part is its service's, as its OpenAPI document describes it. */
type Parts = { [Name in keyof typeof parts]?: Record<string, unknown> };

interface Story extends Parts {
  customerId: string;
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
  const [told, timeline] = await Promise.all([
    Promise.all(
      Object.entries(parts).map(async ([name, { path }]) => [
        name,
        await ifThere<Record<string, unknown>>(client, path(customerId)),
      ]),
    ),
    client.get<{ items: Entry[]; next: string | null }>(
      `/api/interactions/customers/${customerId}/timeline?limit=${limit}`,
    ),
  ]);
  return {
    customerId,
    ...(Object.fromEntries(told.filter(([, part]) => part)) as Parts),
    timeline: ordersOnce(timeline.items.toReversed()),
    more: timeline.next !== null,
  };
}

/** An order of which several systems told is placed once: the number is what makes it one. The earliest is kept. */
export function ordersOnce(timeline: readonly Entry[]): Entry[] {
  const placed = new Map<string, Entry>();
  const once: Entry[] = [];
  for (const entry of timeline) {
    const { source } = entry;
    const number = entry.type === 'order.placed' ? entry.orderId : null;
    const known = number ? placed.get(number) : undefined;
    if (known) {
      const { alsoToldBy = [] } = known;
      if (source !== known.source && !alsoToldBy.includes(source)) known.alsoToldBy = [...alsoToldBy, source];
      continue;
    }
    const told = { ...entry };
    once.push(told);
    if (number) placed.set(number, told);
  }
  return once;
}

function forPeople({ customerId, timeline, more, ...told }: Story): string {
  return [
    `Customer ${customerId}`,
    ...Object.entries<Part>(parts).flatMap(([name, part]) => section(part, told[name as keyof Parts])),
    '',
    more ? `The latest ${timeline.length} of what happened (--limit)` : 'What happened',
    timeline.length
      ? table([
          ['when (UTC)', 'what', 'channel'],
          ...timeline.map(({ at, summary, channel, alsoToldBy }) => [
            moment(at),
            alsoToldBy ? `${summary} (also told by ${alsoToldBy.join(', ')})` : summary,
            channel,
          ]),
        ])
      : '  nothing',
  ].join('\n');
}

function section({ title, fields }: Part, told: Record<string, unknown> = {}): string[] {
  const facts = (fields ?? Object.keys(told))
    .filter((name) => name !== 'customerId' && !isEmpty(told[name]))
    .map((name) => [name, told[name]] as const);
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
