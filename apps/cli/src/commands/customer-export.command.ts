import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { SettingProblem } from '../system/problem.js';
import { withSystem, type Connected } from '../system/system.js';
import { print } from '../terminal/output.js';
import { number } from '../terminal/progress.js';
import { customerIdOf, customerPath } from './customer.finder.js';
import { systemCommand, type CommonOptions } from './options.js';

interface ExportOptions extends CommonOptions {
  output?: string;
}

interface Export {
  customerId: string;
  exportedAt: string;
  /** As /api/acquisition/customers/{id}/events answers them. */
  events: Record<string, unknown>[];
}

const PAGE = 500;

export const exportCommand = (): Command =>
  systemCommand(
    'export',
    'everything recorded about a customer, in the clear, as JSON: the customer has a right to it',
  )
    .argument('<id>', "the customer's id, or one of its subjects, e.g. user:42")
    .option('--output <file>', 'where to write it, for your eyes only (mode 600); without: standard output')
    .action(async (text: string, options: ExportOptions) => {
      const exported = await withSystem(options, (system) => read(system, text));
      const { output } = options;
      if (output === undefined) {
        print(exported, true, () => '');
        return;
      }
      write(output, exported);
      const { customerId, events } = exported;
      print(
        { customerId, output, events: events.length },
        options.json,
        (written) => `${number(written.events)} events of customer ${customerId} are in ${output}`,
      );
    });

async function read({ client }: Connected, text: string): Promise<Export> {
  const customerId = await customerIdOf(client, text);
  const events: Export['events'] = [];
  for (let after: string | null = ''; after !== null;) {
    const query: string = `?limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`;
    const page = await client.get<{ items: Export['events']; next: string | null }>(
      customerPath(customerId, `/events${query}`),
    );
    events.push(...page.items);
    after = page.next;
  }
  return { customerId, exportedAt: new Date().toISOString(), events };
}

/** A file that is there is not replaced: it may be somebody else's. */
function write(output: string, exported: Export): void {
  try {
    writeFileSync(output, `${JSON.stringify(exported, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new SettingProblem(
      `${output} can't be written (${(error as NodeJS.ErrnoException).code}): name a new file.`,
    );
  }
}
