import { randomBytes } from 'node:crypto';
import { Relay, RelayLease } from '@perennial/collector';
import { migrateJournal, openJournal, type Journal } from '@perennial/journal';
import { migrateVault, Vault } from '@perennial/privacy';
import type { KafkaConnection } from '@perennial/stream';
import pg from 'pg';
import type { Bench } from './bench.bench.js';
import { freshTopics, startBenchKafka } from './bench-kafka.bench.js';
import { appendsOf, companyEvents, emptyJournal, fill } from './company.bench.js';
import type { Figure } from './figures.bench.js';
import { postAll } from './ingest.bench.js';
import { startService } from './service-process.bench.js';
import { seconds } from './stopwatch.bench.js';

/** Events that are sent and appended beside the relay, which take longer. */
const MOST_BESIDE = 50_000;

/** The relay beside what fills the journal that it publishes: a collector over HTTP, and appends alone. */
export async function relayFigures(bench: Bench): Promise<Figure[]> {
  const kafka = await startBenchKafka(bench);
  try {
    return await relaying(bench, kafka.url);
  } finally {
    await kafka.stop();
  }
}

async function relaying({ server, events, rounds, say }: Bench, kafkaUrl: string): Promise<Figure[]> {
  const masterKey = randomBytes(32).toString('base64');
  const vaultUrl = await server.database('vault');
  await migrateVault(vaultUrl);
  const vault = await Vault.open(vaultUrl, { masterKey });
  const journalUrl = await emptyJournal(server, 'journal');
  const journal = await openJournal(journalUrl);
  say(`filling a journal with ${events.toLocaleString('en')} events`);
  await fill(journal, vault, companyEvents(events));
  const beside = Math.min(events, MOST_BESIDE);
  const relayed: number[] = [];
  const appended: number[] = [];
  const collected: number[] = [];
  for (let round = 0; round < rounds; round++) {
    say(`relay, round ${round + 1} of ${rounds}`);
    collected.push(beside / (await collecting(server, beside, masterKey)));
    appended.push(beside / (await appending(server, vault, beside)));
    const kafka = await freshTopics(kafkaUrl);
    const relay = await startRelay(journalUrl, journal, kafka);
    relayed.push(events / (await relay.published(events)));
    await relay.stop();
  }
  await journal.close();
  await vault.close();
  for (const name of ['vault', 'journal']) await server.drop(name);
  const relay = { name: 'relay: journal to topic', unit: 'events/s', ours: relayed };
  return [
    { ...relay, peer: 'collector, HTTP in batches of 1,000', peers: collected, target: { atLeast: 1 } },
    { ...relay, name: 'the same', peer: 'appending alone, 4 lanes', peers: appended },
  ];
}

/** Seconds that a collector, in a process of its own and without Kafka, takes to accept events over HTTP. */
async function collecting(server: Bench['server'], events: number, masterKey: string): Promise<number> {
  const database = await server.database('collecting');
  const collector = await startService('collector', {
    JOURNAL_URL: database,
    STREAM_URL: database,
    DATABASE_URL: database,
    MASTER_KEY: masterKey,
  });
  try {
    return await postAll(collector.url, companyEvents(events, 3), events);
  } finally {
    collector.child.kill('SIGTERM');
    await new Promise((resolve) => collector.child.once('exit', resolve));
    await server.drop('collecting');
  }
}

/** Seconds that the collector's appends take by themselves, in its batches of a thousand. */
async function appending(server: Bench['server'], vault: Vault, events: number): Promise<number> {
  const url = await server.database('appending');
  await migrateJournal(url);
  const journal = await openJournal(url);
  const batches = [];
  for (let some = [], company = companyEvents(events, 2), next = company.next(); ; next = company.next()) {
    if (!next.done) some.push(next.value);
    if (some.length === 1_000 || (next.done && some.length > 0)) {
      batches.push(await appendsOf(vault, some));
      some = [];
    }
    if (next.done) break;
  }
  const waiting = batches.values();
  const lane = async () => {
    for (const batch of waiting) await journal.appendMany(batch);
  };
  const taken = await seconds(() => Promise.all([lane(), lane(), lane(), lane()]));
  await journal.close();
  await server.drop('appending');
  return taken;
}

export async function startRelay(journalUrl: string, journal: Journal, kafka: KafkaConnection) {
  const pool = new pg.Pool({ connectionString: journalUrl, max: 2 });
  pool.on('error', () => undefined);
  const relay = new Relay({ journal, kafka, lease: new RelayLease(pool), log: () => undefined });
  return {
    /** Seconds until so many events are published. */
    published: (events: number) =>
      seconds(async () => {
        relay.start();
        while (relay.counters.published < events) await new Promise((resolve) => setTimeout(resolve, 5));
      }),
    async stop() {
      await relay.stop();
      await pool.end();
    },
  };
}
