import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Refused } from '../system/problem.js';
import { withSystem, type Connected } from '../system/system.js';
import { print } from '../terminal/output.js';
import { systemCommand, type CommonOptions } from './options.js';
import { customerIdOf, customerPath, subjectIdOf } from './customer.finder.js';

interface LinkOptions extends CommonOptions {
  reason: string;
}

interface Linked {
  /** Whether identification has followed. */
  done: boolean;
  /** The events that say it; none if it was so before. */
  eventIds: string[];
  /** The customers that the two belong to now. */
  customers: [string, string];
}

interface CustomerStory {
  customerId: string;
  identifiers: { subjectId: string }[];
}

/** Identification decides within moments; after so long it has decided otherwise. Milliseconds. */
const PATIENCE = 10_000;

const linkCommand = (name: string, description: string) =>
  systemCommand(name, description).requiredOption('--reason <text>', 'why, for those who ask later');

export const mergeCommand = (): Command =>
  linkCommand('merge', 'says that two customers are one')
    .argument('<id>', "a customer's id, or one of its subjects, e.g. user:42")
    .argument('<other>', 'the other one')
    .action(async (id: string, other: string, options: LinkOptions) => {
      const merged = await withSystem(options, (system) => merge(system, [id, other], options.reason));
      print(merged, options.json, ({ done, customers }) =>
        done
          ? `Both belong to customer ${customers[0]}`
          : `They are the customers ${customers.join(' and ')}`,
      );
      if (!merged.done) throw new Refused('They have not become one: identification weighs more against it.');
    });

export const splitCommand = (): Command =>
  linkCommand('split', 'says that an identifier belongs to somebody else')
    .argument('<id>', "the customer's id, or one of its subjects")
    .argument('<subject>', 'the identifier, e.g. card:7, or its id')
    .action(async (id: string, subject: string, options: LinkOptions) => {
      const split = await withSystem(options, (system) => divide(system, id, subject, options.reason));
      print(
        split,
        options.json,
        ({ customers: [kept, apart] }) => `${subject} belongs to customer ${apart}, the rest to ${kept}`,
      );
      if (!split.done)
        throw new Refused('It still belongs to the same customer: other links hold them together.');
    });

async function merge(system: Connected, texts: [string, string], reason: string): Promise<Linked> {
  const { client } = system;
  const [id, other] = await Promise.all([customerIdOf(client, texts[0]), customerIdOf(client, texts[1])]);
  const { eventIds } = await client.post<Pick<Linked, 'eventIds'>>(customerPath(id, '/merge'), {
    other,
    reason,
  });
  return { eventIds, ...(await followed(system, [id, other], (one, two) => one === two)) };
}

async function divide(system: Connected, text: string, subject: string, reason: string): Promise<Linked> {
  const { client } = system;
  const id = await customerIdOf(client, text);
  const subjectId = await subjectIdOf(client, subject);
  const { identifiers } = await client.get<CustomerStory>(customerPath(id));
  const kept = identifiers.find((identifier) => identifier.subjectId !== subjectId);
  if (!kept) throw new Refused('The customer has no other identifier.');
  const { eventIds } = await client.post<Pick<Linked, 'eventIds'>>(customerPath(id, '/split'), {
    subjectId,
    reason,
  });
  return { eventIds, ...(await followed(system, [kept.subjectId, subjectId], (one, two) => one !== two)) };
}

/** Waits for what identification makes of it. */
async function followed(
  { client, signal }: Connected,
  [first, second]: [string, string],
  asWished: (first: string, second: string) => boolean,
): Promise<Pick<Linked, 'done' | 'customers'>> {
  const now = async (id: string) => (await client.get<CustomerStory>(customerPath(id))).customerId;
  for (const end = Date.now() + PATIENCE; ;) {
    const customers: [string, string] = [await now(first), await now(second)];
    const done = asWished(...customers);
    if (done || Date.now() > end) return { done, customers };
    await sleep(200, undefined, { signal });
  }
}
