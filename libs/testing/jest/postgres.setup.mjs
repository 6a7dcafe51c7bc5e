import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFileSync } from '@swc/core';

/**
 * Starts one PostgreSQL for the whole run; each test file makes databases of its own on it
 * (`testDatabase` in @perennial/testing). The server's own starter is compiled on the fly, so that
 * tests need no build.
 */
export default async function start() {
  if (process.env.TEST_POSTGRES_URL) return;
  const { startEmbeddedPostgres } = await import(compiled('libs/embedded-postgres/src'));
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

/** Compiles the sources of a library and answers its index. */
function compiled(sources) {
  const root = new URL('../../../', import.meta.url).pathname;
  const folder = join(root, 'node_modules', '.cache', 'perennial', sources.replaceAll('/', '-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const file of readdirSync(join(root, sources)).filter((name) => /^(?!.*\.spec).*\.ts$/.test(name))) {
    const options = { configFile: join(root, '.swcrc'), sourceMaps: false };
    const { code } = transformFileSync(join(root, sources, file), options);
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), code);
  }
  return join(folder, 'index.js');
}
