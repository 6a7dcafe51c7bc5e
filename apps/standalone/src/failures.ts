import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SettingsError } from '@perennial/service';
import { StandaloneError, type DataFolder } from './data-folder.js';

/** Without keys everybody who reaches the port may do everything, so only this machine may. */
export const HOST = '127.0.0.1';

/** Why the database ended though nobody stopped it, as far as its log tells. */
export function ended(code: number | null, { path }: DataFolder): StandaloneError {
  const log = join(path, 'postgres.log');
  if (readFileSync(log, 'utf8').includes('No space left on device'))
    return new StandaloneError(
      `The disk of ${path} is full, so the database has ended. Make room and start again; nothing that was accepted is lost.`,
    );
  return new StandaloneError(
    `The database has ended (code ${code}); ${log} says why. Start again; nothing that was accepted is lost.`,
  );
}

/** Looks before anything is started: the answer comes at once, and nothing has to be undone. */
export async function expectFree(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(port, HOST, () => probe.close(() => resolve()));
  }).catch((error: unknown) => {
    throw explained(error, { port, data: '' });
  });
}

/** A failure that the person at the terminal can mend, in words that say how. */
export function explained(error: unknown, { port, data }: { port: number; data: string }): Error {
  if (error instanceof SettingsError) return new StandaloneError(error.problems.join(' '));
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new StandaloneError(
      `Port ${port} is in use. Stop the program that listens there, or choose another with --port.`,
    );
  if (code === 'ENOSPC' || code === '53100' || /No space left on device/.test(message))
    return new StandaloneError(
      `The disk of ${data} is full. Make room, or choose another folder with --data DIR; nothing that was accepted is lost.`,
    );
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new StandaloneError(`${message}. Choose a folder that you may write to with --data DIR.`);
  return error instanceof Error ? error : new Error(String(error));
}
