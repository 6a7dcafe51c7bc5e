import type { Role } from '@perennial/service';
import { Option, type Command } from 'commander';
import { SettingProblem } from '../system/problem.js';
import { print } from '../terminal/output.js';
import { jsonCommand } from './options.js';

interface TokenOptions {
  role: Role[];
  name: string;
  expires: string;
  audience?: string;
  json?: boolean;
}

/** As the services ask of TOKEN_SECRET. */
const SHORTEST = 32;

export const tokenCommand = (): Command =>
  jsonCommand('token', 'issues a token of TOKEN_SECRET, for systems without an identity provider')
    .addOption(
      new Option('--role <role...>', 'what its bearer may do')
        .choices(['reader', 'operator', 'publisher', 'service'])
        .makeOptionMandatory(),
    )
    .option('--name <name>', 'whose it is, for the logs', 'perennial token')
    .option('--expires <time>', 'when it ends, e.g. 8h or 30d', '8h')
    .addOption(new Option('--audience <audience>', 'whom it is meant for').env('TOKEN_AUDIENCE'))
    .action(async ({ role: roles, name, expires, audience, json }: TokenOptions) => {
      const secret = process.env.TOKEN_SECRET ?? '';
      if (secret.length < SHORTEST)
        throw new SettingProblem(
          `Set TOKEN_SECRET to the secret of the system: at least ${SHORTEST} characters.`,
        );
      const { issueToken } = await import('@perennial/service');
      const token = await withExpiry(expires, () =>
        issueToken(secret, { name, roles }, { expires, ...(audience && { audience }) }),
      );
      print({ token }, json, () => token);
    });

async function withExpiry(expires: string, issue: () => Promise<string>): Promise<string> {
  try {
    return await issue();
  } catch {
    throw new SettingProblem(`--expires is a time such as 8h or 30d, not "${expires}".`);
  }
}
