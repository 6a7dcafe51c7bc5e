#!/usr/bin/env node
// The perennial command: installs and builds what is missing, then runs on the pinned Node.
import { fileURLToPath } from 'node:url';
import { runInOurPlace } from './child.mjs';
import { prepareOrExit } from './prepare.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
await prepareOrExit({ build: true });

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// Left alone, Node lets its heap grow to a gigabyte before it collects; the system works in a third of that.
const memory = ['--max-old-space-size=384', '--max-semi-space-size=16'];
runInOurPlace(root, [...memory, main, ...process.argv.slice(2)]);
