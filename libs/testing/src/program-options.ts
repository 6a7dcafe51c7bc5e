import { writeSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The options that a program was given. One that it does not know ends it with 2, and is told with those that it knows. */
export function parsedOptions<Config extends ParseArgsConfig>(
  program: string,
  usage: string,
  config: Config,
) {
  try {
    return parseArgs(config);
  } catch (error) {
    writeSync(2, `${program}: ${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}
