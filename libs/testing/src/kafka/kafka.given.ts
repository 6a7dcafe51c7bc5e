import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaSettings } from '@perennial/stream';
import { describeIf } from '../conditional.js';
import { canUseDocker, canUseMaven, kafkaArtifacts } from './kafka.artifacts.js';
import { startKafkaBroker, type KafkaAddresses } from './kafka.broker.js';
import { startKafkaContainer } from './kafka.container.js';

/** The Kafka that all test files of a run share. */
export interface SharedKafka extends Partial<KafkaAddresses> {
  /** `host:port` of each broker, without encryption. */
  brokers: string[];
  /** `kafka://host:port,…`. */
  url: string;
}

const REASON = 'needs Kafka: java and mvn, or Docker, or KAFKA_BROKERS=host:port,…';

/** Where the shared Kafka comes from; undefined where there can be none. */
function origin(): 'brokers' | 'maven' | 'docker' | undefined {
  if (process.env.KAFKA_BROKERS) return 'brokers';
  if (canUseMaven()) return 'maven';
  return canUseDocker() ? 'docker' : undefined;
}

/** The first start fetches Kafka (43 MB). */
const START_TIMEOUT = 180_000;

/** Tests that need Kafka, wherever it comes from; skipped where there is none. It runs before their `beforeAll`. */
export const describeWithKafka = (name: string, tests: () => void) =>
  describeIf(origin() !== undefined, REASON)(name, () => {
    beforeAll(() => sharedKafka(), START_TIMEOUT);
    tests();
  });

/** Tests that stop, kill or pause a broker of their own (`startKafkaBroker`), or use SASL and TLS. */
export const describeWithOwnKafka = (name: string, tests: () => void) =>
  describeIf(canUseMaven(), 'needs java and mvn, for a Kafka of its own')(name, () => {
    beforeAll(() => kafkaArtifacts(), START_TIMEOUT);
    tests();
  });

/** The shared Kafka, started by the first test file that asks. The run's end stops it (kafka.teardown.mjs). */
export async function sharedKafka(): Promise<SharedKafka> {
  if (process.env.KAFKA_BROKERS) return at(process.env.KAFKA_BROKERS.split(','));
  const folder = process.env.TEST_KAFKA_FOLDER;
  if (!folder) throw new Error('TEST_KAFKA_FOLDER is not set: run the tests with "npm test".');
  const [found, failed] = [join(folder, 'kafka.json'), join(folder, 'failed')];
  if (isFirst(folder))
    try {
      write(found, JSON.stringify(await start(folder)));
    } catch (error) {
      write(failed, String(error));
    }
  for (const end = Date.now() + START_TIMEOUT; Date.now() < end;) {
    if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
    if (existsSync(found)) return JSON.parse(readFileSync(found, 'utf8')) as SharedKafka;
    await sleep(100);
  }
  throw new Error('The test file that began to start Kafka did not end it.');
}

/** A stream on the shared Kafka with topics of its own. */
export async function kafkaStream() {
  const kafka = Object.assign(new KafkaSettings(), { kafkaPrefix: `test-${randomUUID()}` });
  return { streamUrl: (await sharedKafka()).url, kafka };
}

const at = (brokers: string[]): SharedKafka => ({ brokers, url: `kafka://${brokers.join(',')}` });

/** What the teardown needs to end it stands beside the addresses. */
async function start(folder: string): Promise<SharedKafka & { pid?: number }> {
  if (origin() === 'docker') {
    const { address } = await startKafkaContainer();
    return at([address]);
  }
  // The test file that starts it may end first; the run is its owner.
  const broker = await startKafkaBroker({
    folder,
    owner: Number(process.env.TEST_RUN_PID),
    // Nobody kills it: where it says nothing for some seconds the machine is busy.
    settings: { 'broker.session.timeout.ms': '60000' },
  });
  return { ...broker, ...at([broker.plaintext]) };
}

/** Test files run in several processes: making a folder succeeds in one of them. */
function isFirst(folder: string): boolean {
  try {
    mkdirSync(join(folder, 'starting'));
    return true;
  } catch {
    return false;
  }
}

/** Whoever sees the file sees all of it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
