import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Something that the person at the terminal can mend; the message says how. */
export class StandaloneError extends Error {}

/** Raised when a newer Perennial would write what this one can't read. */
const FORMAT = 1;

export interface Running {
  url: string;
  pid: number;
}

export interface Sample {
  /** Up to when its history goes. */
  to: string;
  /** Whether all of it has been played in. */
  done: boolean;
}

const MASTER_KEY = 'master.key';
const FORMER_MASTER_KEY = 'master.key.former';

const newSecret = () => randomBytes(32).toString('base64');

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Everything that a standalone keeps: the database, its keys, and who is running. */
export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Makes the folder, or checks that this version can use it. */
  open(): void {
    try {
      mkdirSync(this.path, { recursive: true });
    } catch (error) {
      throw new StandaloneError(
        `The data folder ${this.path} can't be made: ${(error as Error).message}. Choose another with --data DIR.`,
      );
    }
    const format = Number(this.read('format') ?? FORMAT);
    if (format > FORMAT)
      throw new StandaloneError(
        `The data in ${this.path} were written by a newer Perennial (format ${format}; this one knows ${FORMAT}). Update Perennial, or choose another folder with --data DIR.`,
      );
    this.write('format', String(FORMAT));
  }

  /** The standalone that runs on this folder, if one does. */
  running(): Running | undefined {
    const text = this.read('standalone.json');
    if (!text) return undefined;
    try {
      const running = JSON.parse(text) as Running;
      return running.pid !== process.pid && isAlive(running.pid) ? running : undefined;
    } catch {
      return undefined;
    }
  }

  /** Says that we run here; `url` is empty until we listen. Refuses when another does. */
  claim(url = ''): void {
    const other = this.running();
    if (other)
      throw new StandaloneError(
        `Perennial is running on ${this.path} already${other.url ? `, at ${other.url}` : ''} (process ${other.pid}). Stop it first, or choose another folder with --data DIR.`,
      );
    this.write('standalone.json', JSON.stringify({ url, pid: process.pid }));
  }

  release(): void {
    rmSync(join(this.path, 'standalone.json'), { force: true });
  }

  /** The port that the database had last (0 before the first start), so that an analyst's connection string stays as it is. */
  get databasePort(): number {
    return Number(this.read('postgres.port') ?? 0);
  }

  set databasePort(port: number) {
    this.write('postgres.port', String(port));
  }

  /** The sample company that this folder was begun with, if it was. */
  sampleBegun(): Sample | undefined {
    const text = this.read('sample.json');
    return text ? (JSON.parse(text) as Sample) : undefined;
  }

  noteSample(sample: Sample): void {
    this.write('sample.json', JSON.stringify(sample));
  }

  /** The key of all personal data. Made with the database and never again: another one would open nothing. */
  masterKey(): string {
    if (this.read(MASTER_KEY) === undefined && existsSync(join(this.path, 'postgres', 'PG_VERSION')))
      throw new StandaloneError(
        `${join(this.path, MASTER_KEY)} is missing: without it nothing personal in the database can be read. Put it back from your backup.`,
      );
    return this.secret(MASTER_KEY);
  }

  /** The master key before the present one, as long as the database may hold what it wrapped. */
  formerMasterKey(): string | undefined {
    const former = this.read(FORMER_MASTER_KEY);
    return former === this.masterKey() ? undefined : former;
  }

  /** Puts a new master key in the place of the present one. Where a change was cut off before, that one goes on. */
  renewMasterKey(): void {
    if (this.formerMasterKey() !== undefined) return;
    this.write(FORMER_MASTER_KEY, this.masterKey());
    this.write(MASTER_KEY, newSecret());
  }

  /** Keeps the former master key for backups of its time, and no longer for the database. Answers its file. */
  retireFormerMasterKey(now: Date): string {
    const file = join(
      this.path,
      `${MASTER_KEY}.until-${now.toISOString().slice(0, 19).replaceAll(':', '-')}`,
    );
    renameSync(join(this.path, FORMER_MASTER_KEY), file);
    return file;
  }

  /** A secret of this installation, made on first use. */
  secret(name: string): string {
    const known = this.read(name);
    if (known) return known;
    const made = newSecret();
    this.write(name, made);
    return made;
  }

  private read(name: string): string | undefined {
    const file = join(this.path, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  }

  /** Written whole or not at all: a crash in the middle leaves the old content. */
  private write(name: string, content: string): void {
    const file = join(this.path, name);
    writeFileSync(`${file}.new`, `${content}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
