import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sources, withSources } from './compiled.mjs';

/** Writes everything that is made from the files of the event types. The result depends on those files only. */
await withSources(async (load) => {
  const { catalogueSource } = await load('documentation/catalogue-source.js');
  writeFileSync(join(sources, 'catalogue.generated.ts'), catalogueSource(sources));
});
