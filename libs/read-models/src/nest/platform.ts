import { migrateJournal, openJournal, type Journal } from '@perennial/journal';
import { migrateVault, openEvents, Vault } from '@perennial/privacy';
import { PostgresStream, prepareStream, type StreamConsumer } from '@perennial/stream';
import pg from 'pg';
import type { Opener } from '../runner/projector.js';

export interface PlatformUrls {
  /** The truth. */
  journalUrl: string;
  /** The journal as consumers read it. */
  streamUrl: string;
  /** Read models. */
  databaseUrl: string;
  /** Keys; may be a server of its own. */
  vaultUrl: string;
  /** 32 bytes, base64. */
  masterKey: string;
  /** What to tell analysts. */
  analystUrl?: string;
}

/** What every service of a process shares: the engines behind the URLs, opened. */
export interface Platform {
  journal: Journal;
  vault: Vault;
  database: pg.Pool;
  databaseUrl: string;
  analystUrl?: string;
  /** A consumer of its own for each service. */
  consumer(group: string): StreamConsumer;
  opener: Opener;
  close(): Promise<void>;
}

/** Opens the engines that the URLs name and brings their schemas up to date. */
export async function openPlatform(urls: PlatformUrls): Promise<Platform> {
  await migrateJournal(urls.journalUrl);
  await migrateVault(urls.vaultUrl);
  const journal = await openJournal(urls.journalUrl);
  const vault = await Vault.open(urls.vaultUrl, { masterKey: urls.masterKey });
  const database = new pg.Pool({
    connectionString: urls.databaseUrl,
    max: 24,
    application_name: 'perennial read models',
  });
  // An idle connection that breaks is replaced at its next use; it must not end the process.
  database.on('error', () => undefined);
  const members = new pg.Pool({
    connectionString: urls.streamUrl,
    max: 4,
    application_name: 'perennial stream',
  });
  members.on('error', () => undefined);
  await prepareStream(members);
  return {
    journal,
    vault,
    database,
    databaseUrl: urls.databaseUrl,
    analystUrl: urls.analystUrl,
    consumer: (group) => new PostgresStream(journal, members, { group }),
    opener: async (events) => {
      const opened = await openEvents(vault, events);
      return new Map(events.map(({ eventId }, index) => [eventId, opened[index]?.data ?? {}]));
    },
    async close() {
      await journal.close();
      await members.end();
      await database.end();
      await vault.close();
    },
  };
}
