import { migrateCollector } from '@perennial/collector';
import {
  compareJournals,
  copyJournal,
  DatabaseSettingError,
  DatabaseUnavailable,
  explainedDatabase,
  migrateJournal,
  openJournal,
  type Compared,
  type CopyProgress,
  type Journal,
} from '@perennial/journal';
import { migrateVault } from '@perennial/privacy';
import { Problem, Refused } from '../system/problem.js';
import { COLLECTOR_TABLES, copyTables, VAULT_TABLES } from './table.copy.js';

/** Where a system keeps what can't be computed again. */
export interface Engines {
  journalUrl: string;
  databaseUrl: string;
  vaultUrl: string;
}

export interface Moved {
  events: number;
  /** Whether every event has the position that it had. */
  samePositions: boolean;
  /** Rows of the tables that are not computed from the journal. */
  rows: Record<string, number>;
}

type OnProgress = (stage: 'copying' | 'comparing', progress: CopyProgress) => void;

/**
 * Copies the journal, the vault and what the door keeps to other engines, and compares what arrived with what was
 * there. Can be cut off and run again at any time. Read models are left out: the services compute them from the
 * journal. Throws `Refused` with what differs, and a `Problem` about an engine that is away or does not let us in.
 */
export const move = (
  from: Engines,
  to: Engines,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Moved> =>
  copyAndCompare(from, to, signal, onProgress).catch((error: unknown) => {
    throw explained(error);
  });

async function copyAndCompare(
  from: Engines,
  to: Engines,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Moved> {
  for (const name of ['journalUrl', 'databaseUrl', 'vaultUrl'] as const)
    if (from[name] === to[name])
      throw new Refused('The system would be moved to where it is: name other engines.');
  await migrateJournal(to.journalUrl);
  await migrateVault(to.vaultUrl);
  await migrateCollector(to.databaseUrl);
  // The vault first: an event without the key of its subject could not be read.
  const rows = {
    ...(await copyTables(from.vaultUrl, to.vaultUrl, VAULT_TABLES)),
    ...(await copyTables(from.databaseUrl, to.databaseUrl, COLLECTOR_TABLES)),
  };
  const [source, target] = [await openJournal(from.journalUrl), await openJournal(to.journalUrl)];
  try {
    await copyJournal(source, target, { signal, onProgress: (progress) => onProgress('copying', progress) });
    const compared = await compareJournals(source, target, {
      signal,
      onProgress: (progress) => onProgress('comparing', progress),
    });
    refuse(compared);
    await expectStill(source, compared.events);
    return { events: compared.events, samePositions: compared.samePositions, rows };
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

function explained(error: unknown): unknown {
  const problem = explainedDatabase(error, 'A database');
  if (problem instanceof DatabaseUnavailable || problem instanceof DatabaseSettingError)
    return new Problem(
      `${problem.message} Look at the --from and --to options, or at JOURNAL_URL, DATABASE_URL and VAULT_URL.`,
      problem.exitCode,
    );
  return error;
}

function refuse({ differences }: Compared): void {
  if (differences.length === 0) return;
  const sum = (of: (difference: Compared['differences'][number]) => number) =>
    differences.reduce((total, difference) => total + of(difference), 0);
  const found = [
    [sum(({ missing }) => missing), 'events are missing there'],
    [sum(({ foreign }) => foreign), 'events there are not of this system'],
    [sum(({ streams }) => streams), 'streams have another sequence or other events there'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, what]) => `${count} ${what}`);
  throw new Refused(
    `The journals differ in ${differences.length} shards: ${found.join('; ')}. Move to an empty journal, and start services on it only afterwards.`,
  );
}

/** What is accepted after its shard was copied would stay behind. */
async function expectStill(source: Journal, events: number): Promise<void> {
  const now = (await source.heads()).reduce((sum, { position }) => sum + position, 0);
  if (now !== events)
    throw new Refused(
      `The system has accepted events meanwhile (${now - events}): stop its collectors and run this again; it goes on where it is.`,
    );
}
