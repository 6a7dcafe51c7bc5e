import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareOrExit } from '../../cli/bin/prepare.mjs';

/** Writes docs/data-dictionary.md: makes all read models on an empty PostgreSQL and asks it what they are. */
await prepareOrExit({ build: true });
const [{ acquisition }, { interactions }, { retention }, { recommendations }] = await Promise.all(
  ['acquisition', 'interactions', 'retention', 'recommendations'].map((app) => import(`@perennial/${app}`)),
);
const { dataDictionary } = await import('@perennial/read-models');
const { startEmbeddedPostgres } = await import('@perennial/embedded-postgres');
const { default: pg } = await import('pg');

const folder = mkdtempSync(join(tmpdir(), 'perennial-dictionary-'));
const postgres = await startEmbeddedPostgres({ folder });
const client = new pg.Client({ connectionString: postgres.url });
try {
  await client.connect();
  const text = await dataDictionary(client, [acquisition, interactions, retention, recommendations]);
  writeFileSync(fileURLToPath(new URL('../../../docs/data-dictionary.md', import.meta.url)), text);
} finally {
  await client.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
