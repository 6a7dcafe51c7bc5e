import { relative } from 'node:path';
import { root } from './workspace.mjs';

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.(ts|mjs)$/;
const nondescript = /(^|[/.-])(utils?|helpers?|common|manager|core|misc)([/.-]|$)/;

/** A file or folder is called after what it holds. */
export const fileNames = {
  meta: { type: 'suggestion', schema: [], messages: { refused: '{{ reason }}' } },
  create: (context) => ({
    Program(node) {
      const path = relative(root, context.filename).replaceAll('\\', '/');
      const name = path.split('/').at(-1);
      const word = nondescript.exec(path)?.[2];
      if (word) refuse(`"${word}" says nothing about what is in ${path}.`);
      if (!kebab.test(name)) refuse(`${name} should be <noun>.<role>.ts, in lower case with hyphens.`);
      if (name === 'index.ts' && !/^(libs|apps)\/[^/]+\/src\/index\.ts$/.test(path)) {
        refuse('One index.ts a library, one level deep.');
      }
      function refuse(reason) {
        context.report({ node, loc: { line: 1, column: 0 }, messageId: 'refused', data: { reason } });
      }
    },
  }),
};
