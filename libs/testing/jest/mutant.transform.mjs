import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { mutants } from '../mutants/mutants.mjs';

const swc = createRequire(import.meta.url)('@swc/jest').createTransformer({ swcrc: true });
const mutant = mutants.find(({ name }) => name === process.env.MUTANT);

/** What is compiled depends on what the mutant says, too, not only on how it is called. */
const fingerprint = createHash('sha256')
  .update(JSON.stringify(mutant ?? ''))
  .digest('hex');

/** Compiles as ever, but for the one place in which the mutant named by MUTANT differs. */
export default {
  ...swc,
  getCacheKey: (source, path, options) => `${swc.getCacheKey(source, path, options)}${fingerprint}`,
  process: (source, path, options) => swc.process(changed(source, path), path, options),
  processAsync: (source, path, options) => swc.processAsync(changed(source, path), path, options),
};

function changed(source, path) {
  if (!mutant || !path.endsWith(mutant.file)) return source;
  if (!source.includes(mutant.from))
    throw new Error(`Mutant "${mutant.name}": ${mutant.file} does not contain ${mutant.from}`);
  return source.replace(mutant.from, () => mutant.to);
}
