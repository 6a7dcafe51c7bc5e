import { acquisition } from '@perennial/acquisition';
import { openJournal } from '@perennial/journal';
import type { Vault } from '@perennial/privacy';
import { batches } from '@perennial/simulator';
import type { KafkaConnection } from '@perennial/stream';
import pg from 'pg';
import { freshTopics } from './bench-kafka.bench.js';
import type { BenchServer } from './bench-server.bench.js';
import { companyEvents, emptyJournal, fill } from './company.bench.js';
import { startRelay } from './relay.bench.js';
import { ServiceUnderBench } from './service.bench.js';
import { Stopwatch } from './stopwatch.bench.js';

/** Most events that happen before acquisition has decided about the first of them. */
const UNDECIDED = 5_000;

/** A topic of its own, with everything that is in a journal of its own. */
export interface CompanyTopic {
  kafka: KafkaConnection;
  journalUrl: string;
  /** How many events the journal has now. */
  events(): Promise<number>;
  /** Ends the relay and drops the journal. */
  stop(): Promise<void>;
}

/** Makes a database whose journal holds what customers did, and nothing that acquisition has decided. */
export async function fillUndecided(server: BenchServer, vault: Vault, name: string, events: number) {
  const url = await emptyJournal(server, name);
  const journal = await openJournal(url);
  await fill(journal, vault, companyEvents(events));
  await journal.close();
  await settle(url);
}

/** The same with the decisions of acquisition among the events, as in a company where it has always run. */
export async function fillDecided(server: BenchServer, vault: Vault, name: string, events: number) {
  const journalUrl = await emptyJournal(server, name);
  const journal = await openJournal(journalUrl);
  const url = await server.database('deciding');
  const service = await ServiceUnderBench.open(acquisition, { journalUrl, url, vault });
  for (const some of batches(companyEvents(events), UNDECIDED)) {
    await fill(journal, vault, some);
    await service.project(new Stopwatch());
  }
  await service.close();
  await server.drop('deciding');
  await journal.close();
  await settle(journalUrl);
}

/** Publishes a copy of a journal, and goes on doing so. */
export async function publishCopy(
  server: BenchServer,
  template: string,
  kafkaUrl: string,
): Promise<CompanyTopic> {
  const journalUrl = await server.database('journal', template);
  const journal = await openJournal(journalUrl);
  const kafka = await freshTopics(kafkaUrl);
  const relay = await startRelay(journalUrl, journal, kafka);
  const events = async () => (await journal.heads()).reduce((sum, { position }) => sum + position, 0);
  await relay.published(await events());
  return {
    kafka,
    journalUrl,
    events,
    async stop() {
      await relay.stop();
      await journal.close();
      await server.drop('journal');
    },
  };
}

/** What the server would do by itself some time later, in the middle of what is measured. */
async function settle(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum (freeze, analyze)');
  await client.end();
}
