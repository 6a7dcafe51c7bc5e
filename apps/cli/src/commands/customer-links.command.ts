import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Refused, UsageProblem } from '../system/problem.js';
import { withSystem, type Connected } from '../system/system.js';
import { print } from '../terminal/output.js';
import { systemCommand, type CommonOptions } from './options.js';
import { checkedSubject, subjectOf, type SubjectFound } from './customer.finder.js';

interface LinkOptions extends CommonOptions {
  reason: string;
}

interface Linked {
  /** Whether identification has followed. */
  done: boolean;
  subjects: ({ subject: string } & SubjectFound)[];
}

/** Identification decides within moments; after so long it has decided otherwise. Milliseconds. */
const PATIENCE = 10_000;

export const mergeCommand = (): Command =>
  linkCommand('merge', 'says that two subjects are one customer', 'identity.linked').action(
    (first: string, second: string, options: LinkOptions) => say('identity.linked', [first, second], options),
  );

export const splitCommand = (): Command =>
  linkCommand('split', 'says that two subjects are not one customer', 'identity.unlinked').action(
    (first: string, second: string, options: LinkOptions) =>
      say('identity.unlinked', [first, second], options),
  );

const linkCommand = (name: string, description: string, event: string) =>
  systemCommand(name, `${description} (${event})`)
    .argument('<subject>', 'e.g. user:42')
    .argument('<other>', 'e.g. email:ann@example.org')
    .requiredOption('--reason <text>', 'why, for those who ask later');

async function say(
  type: 'identity.linked' | 'identity.unlinked',
  subjects: [string, string],
  options: LinkOptions,
): Promise<void> {
  const [subject, other] = subjects.map(checkedSubject) as [string, string];
  if (subject === other) throw new UsageProblem('These are one and the same subject.');
  const linked = await withSystem(options, async (system) => {
    // Both must be known, or a misspelt one would be linked for ever.
    await found(system, subjects);
    await publish(system, { type, subject, data: { other, evidence: 'operator', reason: options.reason } });
    return followed(system, subjects, type === 'identity.linked');
  });
  print(linked, options.json, ({ subjects }) =>
    subjects.map(({ subject, customerId }) => `${subject} belongs to customer ${customerId}`).join('\n'),
  );
  if (linked.done) return;
  throw new Refused(
    type === 'identity.linked'
      ? 'They have not become one customer: identification weighs other evidence against it.'
      : 'They are one customer still: other links hold them together.',
  );
}

async function publish(
  { client }: Connected,
  event: { type: string; subject: string; data: object },
): Promise<void> {
  const { rejected } = await client.post<{ rejected: { message: string }[] }>('/events', {
    specversion: '1.0',
    id: randomUUID(),
    source: '/cli',
    time: new Date().toISOString(),
    ...event,
  });
  const [problem] = rejected;
  if (problem) throw new Refused(problem.message);
}

const found = ({ client }: Connected, subjects: readonly string[]) =>
  Promise.all(subjects.map(async (subject) => ({ subject, ...(await subjectOf(client, subject)) })));

async function followed(system: Connected, subjects: readonly string[], together: boolean): Promise<Linked> {
  for (const end = Date.now() + PATIENCE; ;) {
    const now = await found(system, subjects);
    const done = (now[0]?.customerId === now[1]?.customerId) === together;
    if (done || Date.now() > end) return { done, subjects: now };
    await sleep(200, undefined, { signal: system.signal });
  }
}
