import type { Command } from 'commander';
import { withSystem } from '../system/system.js';
import { print } from '../terminal/output.js';
import { systemCommand, type CommonOptions } from './options.js';
import { operation } from './operation.js';

interface Rebuilt {
  readModels: string[];
}

export const rebuildCommand = (): Command =>
  systemCommand('rebuild', 'builds a read model anew from the journal, beside the live one, and switches')
    .argument('<read model>', 'service.read_model, or the bare name where it is the only one')
    .action(async (name: string, options: CommonOptions) => {
      const rebuilt = await withSystem(options, ({ client }) =>
        operation<Rebuilt>(client, '/api/operations/rebuild', { name }, options),
      );
      print(rebuilt, options.json, ({ readModels }) => `Rebuilt and switched: ${readModels.join(', ')}`);
    });
