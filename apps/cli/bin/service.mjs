#!/usr/bin/env node
// npm run service -- <name>: one service in a process of its own; its settings come from the environment.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInOurPlace } from './child.mjs';
import { prepareOrExit } from './prepare.mjs';
import { say } from './program.mjs';

/** sysexits.h: called in a way that makes no sense. */
const EX_USAGE = 64;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const services = readdirSync(join(root, 'apps')).filter(
  (name) => name !== 'cli' && existsSync(join(root, 'apps', name, 'src', 'main.ts')),
);
const [name, ...others] = process.argv.slice(2);
if (!services.includes(name) || others.length > 0) {
  say(
    `name one service: npm run service -- ${services.join(' | ')}${name ? ` (not "${process.argv.slice(2).join(' ')}")` : ''}`,
  );
  process.exit(EX_USAGE);
}
await prepareOrExit({ build: true });
runInOurPlace(root, [join(root, 'apps', name, 'dist', 'main.js')]);
