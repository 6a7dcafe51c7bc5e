import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, sources, withSources } from './compiled.mjs';

/** Writes the file of a new event type and everything that is made from it. */
export async function newEventType(name, folder) {
  const file = await withSources(async (load) => {
    const { definitions } = await load('documentation/catalogue-source.js');
    const { eventTypeSource, fileFor } = await load('documentation/event-type-source.js');
    const path = join(sources, fileFor(name, definitions(sources), folder));
    if (existsSync(path)) throw new Error(`${relative(root, path)} exists already.`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, eventTypeSource(name));
    return relative(root, path);
  });
  const generate = fileURLToPath(new URL('generate.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [generate], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The catalogue could not be written.');
  console.log(`${file}: say what it means and which fields it has, then "npm run generate".`);
}
