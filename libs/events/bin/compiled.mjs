import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformFileSync } from '@swc/core';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const sources = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * Runs `use` with an `import` of a folder's TypeScript, compiled on the fly: a fresh checkout has no build,
 * and a build would be of the catalogue as it was.
 */
export async function withSources(use, from = sources) {
  const cache = join(root, 'node_modules', '.cache', 'perennial');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'events-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const file of readdirSync(from, { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
      const target = join(folder, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const { code } = transformFileSync(join(from, file), {
        configFile: join(root, '.swcrc'),
        sourceMaps: false,
      });
      writeFileSync(target, code);
    }
    return await use((file) => import(pathToFileURL(join(folder, file)).href));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
