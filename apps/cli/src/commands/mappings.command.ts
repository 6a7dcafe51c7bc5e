import type { Command } from 'commander';
import { print, table } from '../terminal/output.js';
import { jsonCommand } from './options.js';

export const mappingsCommand = (): Command =>
  jsonCommand('mappings', 'ready-made mappings for perennial import')
    .option('--schema', 'the JSON Schema of a mapping file')
    .action(async ({ json, schema }: { json?: boolean; schema?: boolean }) => {
      const { readyMappings, loadMapping, mappingJsonSchema } = await import('../import/mapping.js');
      if (schema) {
        print(mappingJsonSchema(), true, JSON.stringify);
        return;
      }
      const mappings = readyMappings().map((name) => ({ name, description: loadMapping(name).description }));
      print(mappings, json, (all) =>
        table([['mapping', 'for'], ...all.map(({ name, description }) => [name, description])]),
      );
    });
