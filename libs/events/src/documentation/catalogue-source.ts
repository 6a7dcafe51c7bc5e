import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEFINITION = /export const (\w+) = eventType\(\s*'([^']+)'/g;

/** Where an event type is defined. `file` is relative to the sources: `orders/order-placed.ts`. */
export interface Definition {
  name: string;
  constant: string;
  file: string;
}

/**
 * What event types the files of the concept folders define, by name. Throws if two files define the same name,
 * or a file is not called like its type.
 */
export function definitions(sources: string): Definition[] {
  const found = new Map<string, Definition>();
  const folders = readdirSync(sources, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: folder } of folders) {
    const files = readdirSync(join(sources, folder)).filter((file) => /^[a-z0-9-]+\.ts$/.test(file));
    for (const file of files) {
      const path = `${folder}/${file}`;
      for (const [, constant = '', name = ''] of readFileSync(join(sources, path), 'utf8').matchAll(
        DEFINITION,
      )) {
        const other = found.get(name);
        if (other) throw new Error(`Both ${other.file} and ${path} define ${name}.`);
        const expected = `${name.replaceAll('.', '-')}.ts`;
        if (file !== expected) throw new Error(`${path} defines ${name}; its file is called ${expected}.`);
        found.set(name, { name, constant, file: path });
      }
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Text of `catalogue.generated.ts` for the event types that are defined under `sources`. */
export function catalogueSource(sources: string): string {
  const types = definitions(sources);
  const imports = types
    .toSorted((one, other) => (one.file < other.file ? -1 : 1))
    .map(({ constant, file }) => `import { ${constant} } from './${file.replace(/\.ts$/, '.js')}';`);
  return [
    '// Written by "npm run generate" from the files of the concept folders.',
    ...imports,
    '',
    '/** Every event type by its name. */',
    'export const catalogue = {',
    ...types.map(({ name, constant }) => `  '${name}': ${constant},`),
    '};',
    '',
  ].join('\n');
}
