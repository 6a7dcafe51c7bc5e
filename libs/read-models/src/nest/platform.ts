import { Logger } from '@nestjs/common';
import { explainedDatabase, migrateJournal, openJournal, openPool, type Journal } from '@perennial/journal';
import { applyErasures, MasterKeyError, migrateVault, openEvents, Vault } from '@perennial/privacy';
import { SettingsError } from '@perennial/service';
import {
  openStream,
  type KafkaConnection,
  type KafkaLog,
  type KafkaSettings,
  type StreamConsumer,
} from '@perennial/stream';
import type pg from 'pg';
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
  /** 32 bytes, hexadecimal or base64. */
  masterKey: string;
  /** Master keys used before, until the vault is rewrapped. */
  formerMasterKeys?: readonly string[];
  /** What to tell analysts. */
  analystUrl?: string;
  /** Beside a `streamUrl` that names Kafka. */
  kafka?: KafkaSettings;
}

/** What every service of a process shares: the engines behind the URLs, opened. */
export interface Platform {
  journal: Journal;
  vault: Vault;
  database: pg.Pool;
  /** The same database, for batches: their statements are sent without waiting for each answer. */
  batches: pg.Pool;
  databaseUrl: string;
  analystUrl?: string;
  /** A consumer of its own for each service. */
  consumer(group: string): StreamConsumer;
  /** Where the stream is Kafka. */
  kafka?: KafkaConnection;
  opener: Opener;
  close(): Promise<void>;
}

/**
 * Opens the engines that the URLs name and brings their schemas up to date. What the operator has to mend, or to wait for,
 * is told in a sentence: such errors carry an `exitCode`.
 */
export async function openPlatform(urls: PlatformUrls): Promise<Platform> {
  await opening('JOURNAL_URL', migrateJournal(urls.journalUrl));
  await opening(VAULT, migrateVault(urls.vaultUrl));
  const opened: (() => Promise<void>)[] = [];
  try {
    const journal = await opening('JOURNAL_URL', openJournal(urls.journalUrl));
    opened.push(() => journal.close());
    const stream = await opening(
      'STREAM_URL',
      openStream(urls.streamUrl, { journal, kafka: urls.kafka, log: kafkaLog }),
    );
    opened.push(() => stream.close());
    const database = openPool(urls.databaseUrl, { name: 'read models', max: 16 });
    opened.push(() => database.end());
    await opening('DATABASE_URL', database.query('select 1'));
    const batches = openPool(urls.databaseUrl, { name: 'read models, batches', max: 8, pipeline: true });
    opened.push(() => batches.end());
    const vault = await opening(VAULT, vaultOf(urls));
    opened.push(() => vault.close());
    return {
      journal,
      vault,
      database,
      batches,
      databaseUrl: urls.databaseUrl,
      analystUrl: urls.analystUrl,
      consumer: (group) => stream.consumer(group),
      kafka: stream.kafka,
      opener: async (events) => {
        await applyErasures(vault, events);
        const data = await openEvents(vault, events);
        return new Map(events.map(({ eventId }, index) => [eventId, data[index]?.data ?? {}]));
      },
      close: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened).catch(() => undefined);
    throw error;
  }
}

const logger = new Logger('stream');
const kafkaLog: KafkaLog = (level, message, fields) => logger[level]({ ...fields, message });

/** Where VAULT_URL is not set, it is in the other database. */
const VAULT = 'VAULT_URL, or else of DATABASE_URL,';

async function opening<Opened>(setting: string, opened: Promise<Opened>): Promise<Opened> {
  try {
    return await opened;
  } catch (error) {
    throw explainedDatabase(error, `The database of ${setting}`);
  }
}

async function vaultOf({ vaultUrl, masterKey, formerMasterKeys }: PlatformUrls): Promise<Vault> {
  try {
    return await Vault.open(vaultUrl, { masterKey, formerMasterKeys });
  } catch (error) {
    if (error instanceof MasterKeyError) throw new SettingsError([`MASTER_KEY: ${error.message}`]);
    throw error;
  }
}

/** One that can't be closed leaves none of the others open; then it is told. */
async function closeAll(opened: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of opened.splice(0)) await close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}
