import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = new URL('../bin/', import.meta.url).pathname;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'perennial-prepare-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script that has the launcher's modules at hand. */
const script = (body: string) =>
  new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', body], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });

const locked = (work: string) => `
  import { withLock } from '${bin}lock.mjs';
  import { appendFileSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  const note = (word) => appendFileSync('${join(folder, 'notes')}', word + '\\n');
  await withLock('${join(folder, 'lock')}', { waiting: () => undefined }, async () => { ${work} });`;

const notes = () => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');

it('lets one of two that start together prepare at a time', async () => {
  const work = locked(`note('in'); await sleep(300); note('out');`);
  await Promise.all([script(work), script(work), script(work)]);
  expect(notes()).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

it('takes over from one that was killed, and only once', async () => {
  const dead = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(join(folder, 'lock'), `${hostname()} ${dead} 0.1`);
  const work = locked(`note('in'); await sleep(200); note('out');`);
  await Promise.all([script(work), script(work), script(work)]);
  expect(notes()).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
});

it.each([
  ['npm error code EAI_AGAIN', "the npm registry can't be reached"],
  ['npm error ENOSPC: no space left on device', 'the disk is full'],
  ['npm error code EACCES', "node_modules can't be written"],
  ['  × Expected a semicolon', 'Expected a semicolon'],
])('explains "%s"', async (output, meaning) => {
  const said = await script(
    `import { explain } from '${bin}program.mjs'; console.log(explain(${JSON.stringify(output)}, 'code 1'));`,
  );
  expect(said).toContain(meaning);
});

it('says one sentence when there is no network', async () => {
  // Given a checkout without packages and a registry that nobody serves
  for (const file of ['package.json', 'package-lock.json']) {
    writeFileSync(join(folder, file), readFileSync(new URL(`../../../${file}`, import.meta.url)));
  }
  const said = await script(`
    process.env.npm_config_registry = 'http://127.0.0.1:9/';
    process.env.npm_config_noproxy = '127.0.0.1';
    process.env.npm_config_cache = '${join(folder, 'cache')}';
    process.env.npm_config_fetch_retries = '0';
    const { prepareOrExit } = await import('${bin}prepare.mjs');
    await prepareOrExit({ root: '${folder}' });`);
  expect(said.trim().split('\n').at(-1)).toMatch(/^perennial: the npm registry can't be reached/);
  expect(said).not.toContain('    at ');
});

it('finds the packages of every platform in package-lock.json', () => {
  // npm leaves out what was not there when the file was written; then `npm ci` refuses it elsewhere, and
  // a build on another system lacks its compiler.
  const { packages } = JSON.parse(
    readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'),
  ) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const present = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  const absent = Object.values(packages)
    .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !present.has(name));
  expect(absent).toEqual([]);
});
