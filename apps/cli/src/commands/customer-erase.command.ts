import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { Refused, UsageProblem } from '../system/problem.js';
import { withSystem, type Connected } from '../system/system.js';
import { moment, print, table } from '../terminal/output.js';
import { customerIdOf, customerPath, ifThere } from './customer.finder.js';
import { systemCommand, type CommonOptions } from './options.js';

interface EraseOptions extends CommonOptions {
  reason?: string;
  yes?: boolean;
}

/** As /api/acquisition/customers/{id}/erasure answers it. */
interface Certificate {
  customerId: string;
  complete: boolean;
  identifiers: { subjectId: string; decidedAt: string | null; keyDestroyedAt: string | null }[];
  places: { place: string; holds: string; state: string; how: string }[];
}

interface CustomerStory {
  identifiers: { namespace: string | null }[];
}

/** After so long something is in the way: acquisition is down, or far behind. Milliseconds. */
const PATIENCE = 60_000;

export const eraseCommand = (): Command =>
  systemCommand('erase', 'makes everything personal of a customer unreadable, everywhere and for ever')
    .argument('<id>', "the customer's id, or one of its subjects, e.g. user:42")
    .option('--reason <text>', 'why, for those who ask later; nothing personal')
    .option('--yes', 'really: nothing brings it back')
    .action(async (text: string, options: EraseOptions) => {
      const certificate = await withSystem(options, (system) => erase(system, text, options));
      print(certificate, options.json, forPeople);
      if (!certificate.complete)
        throw new Refused(
          'Not everything is erased yet. The decision stands and is carried out when acquisition runs (perennial status); the same command tells how far it is.',
        );
    });

async function erase(
  { client, signal }: Connected,
  text: string,
  { reason, yes = false }: EraseOptions,
): Promise<Certificate> {
  const id = await customerIdOf(client, text);
  if (!yes) throw new UsageProblem(await whatItMeans(client, id));
  await client.post(customerPath(id, '/erase'), { reason });
  for (const end = Date.now() + PATIENCE; ;) {
    const certificate = await ifThere<Certificate>(client, customerPath(id, '/erasure'));
    if (certificate && (certificate.complete || Date.now() > end)) return certificate;
    if (Date.now() > end)
      throw new Refused(
        'Acquisition has not applied it yet (perennial status). The decision stands; the same command tells how far it is.',
      );
    await sleep(200, undefined, { signal });
  }
}

async function whatItMeans(client: Connected['client'], id: string): Promise<string> {
  const { identifiers } = await client.get<CustomerStory>(customerPath(id));
  const kinds = identifiers.map(({ namespace }) => namespace ?? 'unknown').sort();
  return `This erases customer ${id} under all its ${identifiers.length} identifiers (${kinds.join(', ')}), and nothing brings it back. If that is wanted, add --yes.`;
}

const forPeople = ({ customerId, identifiers, places }: Certificate): string =>
  [
    `Erasure of customer ${customerId}`,
    '',
    table([
      ['identifier', 'decided', 'key destroyed'],
      ...identifiers.map(({ subjectId, decidedAt, keyDestroyedAt }) => [
        subjectId,
        decidedAt === null ? 'not yet' : moment(decidedAt),
        keyDestroyedAt === null ? 'not yet' : moment(keyDestroyedAt),
      ]),
    ]),
    '',
    table([['place', 'is'], ...places.map(({ place, state }) => [place, state])]),
    '',
    ...places.map(({ place, holds, how }) => `${place}: ${holds}. ${how}`),
  ].join('\n');
