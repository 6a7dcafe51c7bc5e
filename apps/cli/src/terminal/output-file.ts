import { constants, createWriteStream } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refused, UsageProblem } from '../system/problem.js';

/** Throws a UsageProblem if a file can't be written, or is the one that is read. */
export async function checkOutput(output: string, input: string): Promise<void> {
  const found = await stat(output).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageProblem(`${output} is a folder; name a file in it.`);
  if (found && (await realpath(output)) === (await realpath(input).catch(() => undefined))) {
    throw new UsageProblem(`${output} is the file that is read; write to another, or it would be lost.`);
  }
  const folder = dirname(resolve(output));
  const holds = await stat(folder).catch(() => undefined);
  if (!holds?.isDirectory()) {
    throw new UsageProblem(
      `There is no folder ${folder} for ${output}; make it first, or name another file.`,
    );
  }
  const writable = await access(found ? output : folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) throw new UsageProblem(`${output} can't be written: you lack the right to.`);
}

/** Writes lines to a file, or to stdout until its reader has had enough. */
export async function writeLines(lines: Iterable<string>, output: string | undefined): Promise<void> {
  const text = Readable.from(ended(lines));
  try {
    if (output === undefined) await pipeline(text, process.stdout, { end: false });
    else await pipeline(text, createWriteStream(output));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (output === undefined && code === 'EPIPE') return;
    if (code === undefined) throw error;
    throw new Refused(`${output ?? 'stdout'} could not be written to its end: ${message}`);
  }
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
