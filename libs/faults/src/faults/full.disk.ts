import { spawnSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why a disk of a fixed size can't be had here; undefined when it can. */
export function cannotMount(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can mount a file system of a fixed size';
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
    ? undefined
    : 'no file system can be mounted here';
}

/** Fills the disk that the folder is on but for so many megabytes. Answers the file whose removal makes room again. */
export function fill(folder: string, megabytesLeft: number): string {
  const filler = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - megabytesLeft * 1024 * 1024)));
  } catch (error) {
    // Others wrote meanwhile, so it is full before we are at the end.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return filler;
}
