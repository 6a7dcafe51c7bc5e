import { dirname, relative, resolve, sep } from 'node:path';
import { projectOf, projects, root } from './workspace.mjs';

const isTest = (file) => /\.(spec|contract|bench)\.ts$/.test(file);
/** Programs made of whole services. */
const composers = ['@perennial/standalone', '@perennial/cli'];
/** Clients of other systems are named only in their adapter's folder. */
const adapters = { kafkajs: 'kafka', '@eventstore/db-client': 'eventstoredb' };

/**
 * Who may import whom. Read from the tags in each package.json rather than from Nx's project graph:
 * without a cached graph Nx's own rule says nothing and passes.
 */
export const boundaries = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{ reason }}' } },
  create(context) {
    const from = projectOf(context.filename);
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return;
      const reason = from && refusal(context.filename, from, node.source.value);
      if (reason) context.report({ node: node.source, messageId: 'refused', data: { reason } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
    };
  },
};

/** Within the workspace: it may itself lie in a folder that is called like an adapter. */
const foldersOf = (file) => relative(root, dirname(file)).split(sep);

function refusal(file, from, specifier) {
  const isOf = ([name]) => specifier === name || specifier.startsWith(`${name}/`);
  const adapter = Object.entries(adapters).find(isOf)?.[1];
  if (adapter && !from.tags.includes('scope:testing') && !foldersOf(file).includes(adapter)) {
    return `${specifier} belongs in an adapter's folder, called "${adapter}".`;
  }
  if (specifier.startsWith('.')) {
    const to = projectOf(resolve(dirname(file), specifier));
    return to === from ? undefined : `Another project is imported by its name: ${to?.name ?? specifier}.`;
  }
  const to = projects.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (!to) return undefined;
  if (!to.entries.includes(specifier)) return `A library is imported through its index: ${to.name}.`;
  if (to === from) return 'Within a project, imports are relative.';
  if (from.tags.includes('scope:testing')) return undefined;
  if (to.tags.includes('scope:testing')) {
    return isTest(file) ? undefined : `${to.name} is for tests (*.spec.ts, *.contract.ts, *.bench.ts).`;
  }
  if (from.tags.includes('scope:pure')) return `${from.name} is pure: it imports nothing of ours.`;
  if (to.tags.includes('scope:app') && !composers.includes(from.name))
    return `${to.name} is an app; only ${composers.join(' and ')} import apps.`;
  return undefined;
}
