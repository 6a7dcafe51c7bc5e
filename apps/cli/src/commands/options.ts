import { Command, InvalidArgumentError, Option } from 'commander';
import type { SystemOptions } from '../system/system.js';

export interface CommonOptions extends SystemOptions {
  json?: boolean;
}

/** A command that speaks to a system. */
export const systemCommand = (name: string, description: string): Command =>
  jsonCommand(name, description)
    .addOption(
      new Option('--url <url>', 'the running system, e.g. http://localhost:8080').env('PERENNIAL_URL'),
    )
    .addOption(
      new Option('--data <folder>', 'folder of a standalone system (default: .perennial)').env(
        'PERENNIAL_DATA_DIR',
      ),
    );

export const jsonCommand = (name: string, description: string): Command =>
  new Command(name).description(description).option('--json', 'answer JSON, without progress');

/** A whole number from `least` on, as an option. */
export const wholeNumber = (least: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
};

/** What to add to another command so that it speaks to the same system. */
export function systemArguments({ url, data }: SystemOptions): string {
  if (url !== undefined) return ` --url ${url}`;
  return data === undefined ? '' : ` --data ${data}`;
}
