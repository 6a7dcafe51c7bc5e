import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { catalogueCommand } from './commands/catalogue.command.js';
import { customerCommand } from './commands/customer.command.js';
import { importCommand } from './commands/import.command.js';
import { mappingsCommand } from './commands/mappings.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { rebuildCommand } from './commands/rebuild.command.js';
import { rekeyCommand } from './commands/rekey.command.js';
import { rejectedCommand } from './commands/rejected.command.js';
import { simulateCommand } from './commands/simulate.command.js';
import { startCommand } from './commands/start.command.js';
import { statusCommand } from './commands/status.command.js';
import { tokenCommand } from './commands/token.command.js';
import { valueCommand } from './commands/value.command.js';
import { verifyCommand } from './commands/verify.command.js';
import { Interrupted } from './system/interruption.js';

const { version, description } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

const EX_USAGE = 2;

export function program(): Command {
  const root = new Command('perennial').description(description).version(version);
  const commands = [
    startCommand(),
    importCommand(),
    mappingsCommand(),
    simulateCommand(),
    statusCommand(),
    customerCommand(),
    rejectedCommand(),
    verifyCommand(),
    rebuildCommand(),
    migrateCommand(),
    valueCommand(),
    catalogueCommand(),
    tokenCommand(),
    rekeyCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  throwing(root);
  return root;
}

/** Has a command and all below it throw instead of ending the process. */
function throwing(command: Command): void {
  command.exitOverride().showHelpAfterError('(--help says more)');
  command.commands.forEach(throwing);
}

/** Runs the command line of `perennial` (without program and file) and answers the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has said what was wrong, or has shown what was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EX_USAGE;
  if (error instanceof Interrupted) return error.exitCode;
  if (isForPeople(error)) {
    process.stderr.write(`perennial: ${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

/** Problems, and the engines' own errors that say in a sentence what to do, and how to exit. */
const isForPeople = (error: unknown): error is Error & { exitCode: number } =>
  error instanceof Error && typeof (error as { exitCode?: unknown }).exitCode === 'number';
