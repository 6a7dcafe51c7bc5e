import type { Command } from 'commander';
import { Refused } from '../system/problem.js';
import { withSystem } from '../system/system.js';
import { print, table } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { systemCommand, type CommonOptions } from './options.js';
import { operation } from './operation.js';

interface Verified {
  /** Rows that differ, of all read models. */
  differences: number;
  readModels: {
    name: string;
    rows: number;
    differences: number;
    examples: { side: 'live' | 'journal'; row: string }[];
  }[];
}

export const verifyCommand = (): Command =>
  systemCommand(
    'verify',
    'computes read models anew from the journal and compares; exit code 1 on any difference',
  )
    .argument('[read models...]', 'service.read_model, or bare names; without: all')
    .action(async (names: string[], options: CommonOptions) => {
      const verified = await withSystem(options, ({ client }) =>
        operation<Verified>(client, '/api/operations/verify', names.length ? { names } : {}, options),
      );
      print(verified, options.json, forPeople);
      const { differences } = verified;
      if (differences > 0) {
        throw new Refused(
          `${number(differences)} rows differ from the journal. "perennial rebuild" mends them.`,
        );
      }
    });

function forPeople({ differences, readModels }: Verified): string {
  const models = readModels.map(({ name, rows, differences }) => [name, rows, differences]);
  const examples = readModels.flatMap(({ name, examples }) =>
    examples.map(({ side, row }) => `  ${name}, only ${side === 'live' ? 'live' : 'by the journal'}: ${row}`),
  );
  return [
    table([['read model', 'rows', 'differences'], ...models]),
    ...examples,
    ...(differences === 0 ? ['', 'Every read model is what the journal says.'] : []),
  ].join('\n');
}
