#!/usr/bin/env node
// The perennial command: installs and builds what is missing, then runs on the pinned Node.
import { fileURLToPath } from 'node:url';
import { runInOurPlace } from './child.mjs';
import { prepareOrExit } from './prepare.mjs';
import { NODE_MEMORY } from './program.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
await prepareOrExit({ build: true });

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
runInOurPlace(root, [...NODE_MEMORY, main, ...process.argv.slice(2)]);
