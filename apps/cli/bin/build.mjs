import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pinnedNode, run, say } from './program.mjs';

const stampFile = (root) => join(root, 'node_modules', '.cache', 'perennial', 'build.stamp');

/** Whether every project's dist comes from its present sources. */
export function isBuilt(root) {
  const projects = projectsOf(root);
  if (!existsSync(stampFile(root)) || projects.some(({ folder }) => !existsSync(join(folder, 'dist'))))
    return false;
  return readFileSync(stampFile(root), 'utf8') === fingerprint(root, projects);
}

export async function build(root) {
  say('building …');
  // Taken first: what is edited while it builds is built the next time.
  const content = fingerprint(root, projectsOf(root));
  const PATH = [dirname(pinnedNode(root)), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH, NX_DAEMON: 'false', NX_TUI: 'false', NO_COLOR: '1' };
  delete env.FORCE_COLOR;
  const nx = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'nx.cmd' : 'nx');
  await run(nx, ['run-many', '-t', 'build', '--output-style=static'], {
    cwd: root,
    env,
    shell: process.platform === 'win32',
  });
  mkdirSync(dirname(stampFile(root)), { recursive: true });
  writeFileSync(stampFile(root), content);
}

/** The projects that have something to build. */
function projectsOf(root) {
  return ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .sort()
      .map((name) => ({ folder: join(root, group, name), files: sources(join(root, group, name, 'src')) }))
      .filter(({ files }) => files.length),
  );
}

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith('.spec.ts') ? [] : [path];
  });
}

/** Names, times and sizes of all that a build reads; so a deleted file is a change, too. */
function fingerprint(root, projects) {
  const hash = createHash('sha256');
  const manifests = projects.map(({ folder }) => join(folder, 'package.json'));
  for (const path of [join(root, '.swcrc'), ...manifests, ...projects.flatMap(({ files }) => files).sort()]) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}
