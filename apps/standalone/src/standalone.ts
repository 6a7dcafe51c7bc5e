import { startEmbeddedPostgres, type EmbeddedPostgres } from '@perennial/embedded-postgres';
import {
  ANALYST_ROLE,
  createHost,
  openPlatform,
  RunnerRegistry,
  Schedule,
  type Platform,
} from '@perennial/read-models';
import { listen, Log, ServiceSettings, settings, type Environment } from '@perennial/service';
import pg from 'pg';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataFolder, type StandaloneError } from './data-folder.js';
import { ended, expectFree, explained, HOST } from './failures.js';
import { lastMidnight, playSample, type OnPlayed } from './sample.js';
import { services } from './services.js';

export interface StandaloneOptions {
  /** Folder of the data; made when missing. */
  data: string;
  /** 0: any free one. */
  port: number;
  /** Play in a simulated company when the journal is empty. */
  sample: boolean;
  /** Make a new master key and wrap all keys with it. */
  renewMasterKey?: boolean;
  logLevel?: string;
  /** Told what is going on: 'starting the database', 'migrating' … */
  onStage?: (stage: string) => void;
  onSample?: OnPlayed;
}

export interface Rekeyed {
  /** Keys that are wrapped by the new master key now. */
  rewrapped: number;
  /** File of the former master key: backups of its time need it. */
  formerKey: string;
}

export interface Standalone {
  url: string;
  analystUrl: string;
  /** The database as its owner sees it: for tests and benchmarks. */
  databaseUrl: string;
  app: NestFastifyApplication;
  /** What the change to another master key has done, if there was one. */
  rekeyed?: Rekeyed;
  /** Resolves when all services have applied all that is in the journal. */
  caughtUp(timeout?: number): Promise<void>;
  /** Drains, then stops the database. */
  stop(): Promise<void>;
  /** Resolves when the database ends though nobody stopped it. */
  broken: Promise<StandaloneError>;
}

/** How the embedded PostgreSQL is set up. */
export const DATABASE_SETTINGS: Record<string, string> = {
  // Small: the whole standalone shall fit into 600 MB. What is not here is in the system's own cache.
  shared_buffers: '128MB',
  max_connections: '120',
  // Fewer, larger checkpoints: most of what is written is computed again after a crash.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  effective_cache_size: '1GB',
  // Short statements by the thousand: compiling them costs more than it saves.
  jit: 'off',
  autovacuum_naptime: '20s',
  autovacuum_max_workers: '2',
  autovacuum_work_mem: '16MB',
  maintenance_work_mem: '64MB',
  work_mem: '8MB',
};

/** Everything in one process, on a PostgreSQL of its own. Listens on loopback only. */
export async function startStandalone(options: StandaloneOptions): Promise<Standalone> {
  const stage = options.onStage ?? (() => undefined);
  const folder = new DataFolder(options.data);
  folder.open();
  await expectFree(options.port);
  folder.claim();
  const undo: (() => Promise<void> | void)[] = [() => folder.release()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    folder.masterKey();
    if (options.renewMasterKey) folder.renewMasterKey();
    stage('starting the database');
    let breaks: (error: StandaloneError) => void = () => undefined;
    const broken = new Promise<StandaloneError>((resolve) => (breaks = resolve));
    const postgres = await startEmbeddedPostgres({
      folder: folder.path,
      port: folder.databasePort,
      settings: DATABASE_SETTINGS,
      onExit: (code) => breaks(ended(code, folder)),
    });
    undo.push(() => postgres.stop());
    folder.databasePort = postgres.port;
    stage('bringing the database up to date');
    const platform = await open(postgres, folder);
    undo.push(() => platform.close());
    const rekeyed = await rekey(platform, folder);
    // Nobody else runs on this folder: members that a killed process left behind would keep their shards for seconds.
    await platform.database.query('truncate stream.member');
    const app = await createApplication(platform, options);
    undo.push(() => app.close());
    stage('starting the services');
    await app.startAllMicroservices();
    await admitAnalysts(platform);
    const url = (await listen(app)).replace(HOST, 'localhost');
    folder.claim(url);
    const registry = app.get(RunnerRegistry);
    const caughtUp = (timeout?: number) => registry.caughtUp(timeout);
    await play(url, platform, folder, options);
    app.get(Schedule).start();
    return {
      url,
      analystUrl: platform.analystUrl ?? '',
      databaseUrl: platform.databaseUrl,
      app,
      ...(rekeyed && { rekeyed }),
      caughtUp,
      stop,
      broken,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw explained(error, options);
  }
}

async function open(postgres: EmbeddedPostgres, folder: DataFolder): Promise<Platform> {
  const url = await databaseUrl(postgres);
  const analyst = new URL(url);
  analyst.username = ANALYST_ROLE;
  analyst.password = folder.secret('analyst.password').replaceAll(/[^A-Za-z0-9]/g, '');
  return openPlatform({
    journalUrl: url,
    streamUrl: url,
    databaseUrl: url,
    vaultUrl: url,
    masterKey: folder.masterKey(),
    formerMasterKeys: [folder.formerMasterKey() ?? []].flat(),
    analystUrl: analyst.toString(),
  });
}

/** Ends a change of the master key, also one that was cut off in a start before this one. */
async function rekey({ vault }: Platform, folder: DataFolder): Promise<Rekeyed | undefined> {
  if (folder.formerMasterKey() === undefined) return undefined;
  const rewrapped = await vault.rewrap();
  return { rewrapped, formerKey: folder.retireFormerMasterKey(new Date()) };
}

async function createApplication(
  platform: Platform,
  { port, logLevel }: StandaloneOptions,
): Promise<NestFastifyApplication> {
  const environment: Environment = {
    ...process.env,
    HOST,
    PORT: String(port),
    LOG_LEVEL: logLevel ?? process.env.LOG_LEVEL ?? 'warn',
  };
  const own = settings(ServiceSettings, environment);
  return createHost(services, platform, own, new Log({ service: 'perennial', level: own.logLevel }));
}

/** The database of our own name, made on first use. */
async function databaseUrl(postgres: EmbeddedPostgres): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query(`select from pg_database where datname = 'perennial'`);
    if (rows.length === 0) await client.query('create database perennial');
  } finally {
    await client.end();
  }
  return postgres.urlOf('perennial');
}

/** Lets analysts log in: they read the four services' views and nothing else. */
async function admitAnalysts({ database, analystUrl }: Platform): Promise<void> {
  const { password } = new URL(analystUrl ?? '');
  await database.query(`alter role ${ANALYST_ROLE} login password '${password}'`);
  await database.query(`alter role ${ANALYST_ROLE} set default_transaction_read_only to on`);
  await database.query(
    `alter role ${ANALYST_ROLE} set search_path to retention, acquisition, interactions, recommendations`,
  );
}

/** Plays the sample company into an empty journal, or plays on where a first start was cut off. */
async function play(
  url: string,
  platform: Platform,
  folder: DataFolder,
  { sample, onSample }: StandaloneOptions,
): Promise<void> {
  const begun = folder.sampleBegun();
  if (begun ? begun.done : !sample || !(await isEmpty(platform))) return;
  const to = begun?.to ?? lastMidnight(new Date());
  folder.noteSample({ to, done: false });
  await playSample(url, new Date(to), onSample);
  folder.noteSample({ to, done: true });
}

const isEmpty = async ({ journal }: Platform) =>
  (await journal.heads()).every(({ position }) => position === 0);
