import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';

/**
 * Starts one PostgreSQL for the whole run; each test file makes databases of its own on it
 * (`testDatabase` in @perennial/testing). The server's own starter is compiled on the fly, so that
 * tests need no build.
 */
export default async function start() {
  if (process.env.TEST_POSTGRES_URL) return;
  const root = new URL('../../../', import.meta.url).pathname;
  const cache = join(root, 'node_modules', '.cache', 'perennial');
  mkdirSync(cache, { recursive: true });
  const { code } = transformFileSync(join(root, 'libs/embedded-postgres/src/embedded-postgres.ts'), {
    configFile: join(root, '.swcrc'),
    sourceMaps: false,
  });
  const compiled = join(cache, 'embedded-postgres.mjs');
  writeFileSync(compiled, code);
  const { startEmbeddedPostgres } = await import(compiled);
  const folder = mkdtempSync(join(tmpdir(), 'perennial-test-'));
  chmodSync(folder, 0o755);
  const server = await startEmbeddedPostgres({
    folder,
    // Tests of durability start a server of their own; the others need not wait for the disk.
    settings: { fsync: 'off', max_connections: '300', shared_buffers: '128MB' },
  });
  process.env.TEST_POSTGRES_URL = server.url;
  globalThis.testPostgres = { server, folder };
}
