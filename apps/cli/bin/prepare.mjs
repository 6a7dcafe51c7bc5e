// Makes a checkout runnable. Plain Node ≥ 20 without a dependency: it runs before there are any.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as compile, isBuilt } from './build.mjs';
import { install, isInstalled } from './install.mjs';
import { withLock } from './lock.mjs';
import { PrepareError, say } from './program.mjs';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Installs the packages that package-lock.json names and, with `build`, compiles what is older than its
 * sources. Does nothing, in some dozen milliseconds, when all is there. Throws a PrepareError whose
 * message is for the reader of a terminal.
 */
export async function prepare({ build = false, root = checkout } = {}) {
  const ready = () => isInstalled(root) && (!build || isBuilt(root));
  if (ready()) return;
  const waiting = () => say('another start is preparing this checkout; waiting for it …');
  await withLock(join(root, '.perennial', 'prepare.lock'), { waiting }, async () => {
    // Whoever had the lock before may have done it.
    if (!isInstalled(root)) await install(root);
    if (build && !isBuilt(root)) await compile(root);
  });
}

/** `prepare`, for a script: a problem is one sentence and exit code 1. */
export async function prepareOrExit(options) {
  try {
    await prepare(options);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await prepareOrExit({ build: process.argv.includes('--build') });
}
