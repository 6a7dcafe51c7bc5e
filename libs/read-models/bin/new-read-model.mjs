import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { root, sources, withSources } from '../../events/bin/compiled.mjs';

const skeleton = fileURLToPath(new URL('../src/skeleton/', import.meta.url));

/** Writes fact table, derived table and spec of a new read model that is made from events of one type. */
export async function newReadModel(text, eventName = 'page.viewed') {
  const types = await withSources(async (load) => {
    const { definitions } = await load('documentation/catalogue-source.js');
    return definitions(sources);
  });
  if (!types.some(({ name }) => name === eventName)) throw new Error(`There is no event type ${eventName}.`);

  await withSources(async (load) => {
    const { placeOf, readModelSources } = await load('read-model-source.js');
    const place = placeOf(text);
    if (!existsSync(join(root, 'apps', place.service)))
      throw new Error(`There is no service ${place.service}.`);
    const files = readModelSources(place, eventName);
    const existing = [...files.keys()].find((path) => existsSync(join(root, path)));
    if (existing) throw new Error(`${existing} exists already.`);
    for (const [path, source] of files) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, await format(source, { ...(await resolveConfig(file)), filepath: file }));
      console.log(path);
    }
    console.log(`Add the facts and the derived table to the read models of ${place.service}.`);
  }, skeleton);
}
