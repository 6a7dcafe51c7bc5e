import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, sources, withSources } from './compiled.mjs';

/**
 * Writes everything that is made from the files of the event types: the catalogue, and the documents that are
 * made from the catalogue. The result depends on those files only.
 */
await withSources(async (load) => {
  const { catalogueSource } = await load('documentation/catalogue-source.js');
  writeFileSync(join(sources, 'catalogue.generated.ts'), catalogueSource(sources));
});

await withSources(async (load) => {
  const { catalogue } = await load('catalogue.generated.js');
  const { definitions } = await load('documentation/catalogue-source.js');
  const { documents } = await load('documentation/documents.js');
  const folder = join(root, 'docs', 'events');
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of documents(definitions(sources), catalogue)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
