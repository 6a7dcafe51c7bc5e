import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Projects of the workspace: `{ name, folder, tags, entries }`, the folder relative to the root; `entries` may be imported. */
export const projects = ['libs', 'apps'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => join(group, name))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const { name, nx, exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const entries = Object.keys(exports).map((entry) => name + entry.slice(1));
      return { name, folder, tags: nx?.tags ?? [], entries };
    }),
);

/** The project that a file of the workspace belongs to, if any. */
export function projectOf(file) {
  const path = relative(root, resolve(root, file));
  return projects.find(({ folder }) => path === folder || path.startsWith(folder + sep));
}
