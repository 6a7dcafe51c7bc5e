import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** What is wrong, in a sentence that says what to do. */
export class PrepareError extends Error {}

export const say = (text) => process.stderr.write(`perennial: ${text}\n`);

const isWindows = process.platform === 'win32';

/** The Node that everything runs on, whatever the machine has. */
export const pinnedNode = (root) =>
  join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');

/** Left alone, Node lets its heap grow to a gigabyte before it collects; the whole system works in a third of that. */
export const NODE_MEMORY = ['--max-old-space-size=384', '--max-semi-space-size=16'];

/** The machine's own Node: npm may replace the pinned one, so it must not run on it. */
function machineNode(root) {
  if (!process.execPath.startsWith(join(root, 'node_modules'))) return process.execPath;
  const found = foldersOnPath(root)
    .map((folder) => join(folder, isWindows ? 'node.exe' : 'node'))
    .find((file) => existsSync(file));
  return found ?? process.execPath;
}

const foldersOnPath = (root) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules')));

/** Runs npm in the checkout. */
export function npm(root, args) {
  const PATH = [dirname(machineNode(root)), ...foldersOnPath(root)].join(delimiter);
  const env = { ...process.env, PATH };
  // What npx was asked for would be taken as an option of this install.
  for (const name of ['npm_config_package', 'npm_config_call', 'npm_config_workspace']) delete env[name];
  return run(isWindows ? 'npm.cmd' : 'npm', args, { cwd: root, env, shell: isWindows });
}

/** Runs a program quietly; when it fails, throws its last words or what they are known to mean. */
export function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (output = (output + chunk).slice(-200_000)));
    }
    child.once('error', (error) => reject(new PrepareError(`${program} can't be started: ${error.message}`)));
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : reject(new PrepareError(explain(output, signal ?? `code ${code}`))),
    );
  });
}

const known = [
  [/ENOSPC|no space left/i, 'the disk is full. Make room and try again.'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
    'the npm registry can\'t be reached. Check the network (and "npm config get registry"), then try again.',
  ],
  [/EACCES|EPERM|EROFS/, "the folder node_modules can't be written. Check who owns it."],
];

export function explain(output, ending) {
  const meaning = known.find(([pattern]) => pattern.test(output))?.[1];
  const lines = output.trim().split('\n');
  const problems = lines.filter((line) => /error|failed|×/i.test(line));
  const words = (problems.length ? problems : lines).slice(-20).join('\n');
  return meaning ?? `it ended with ${ending}:\n${words}`;
}
