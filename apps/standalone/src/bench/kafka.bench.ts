import { randomBytes, randomUUID } from 'node:crypto';
import { migrateCollector } from '@perennial/collector';
import { migrateJournal, openJournal } from '@perennial/journal';
import { migrateVault, Vault } from '@perennial/privacy';
import { kafkaConnection, KafkaSettings, KafkaStream, type KafkaConnection } from '@perennial/stream';
import type { Bench } from './bench.bench.js';
import { startBenchKafka } from './bench-kafka.bench.js';
import { companyEvents, fill } from './company.bench.js';
import type { Figure } from './figures.bench.js';
import { processorTimeOf } from './processor-time.bench.js';
import { startRelay } from './relay.bench.js';
import { SERVICES, ServiceUnderBench } from './service.bench.js';
import { seconds, Stopwatch } from './stopwatch.bench.js';
import { copyTime } from './table-copy.bench.js';

/** Rates of one service, a number a round. */
interface Measured {
  projected: number[];
  copied: number[];
  /** Nanoseconds of a processor an event. */
  node: number[];
  postgres: number[];
  projecting: Stopwatch;
}

/** From the topic into the read models of each service. */
export async function kafkaFigures(bench: Bench): Promise<Figure[]> {
  const kafka = await startBenchKafka(bench);
  try {
    return await throughput(bench, kafka.url);
  } finally {
    await kafka.stop();
  }
}

async function throughput(
  { server, events, rounds, services, folder, say }: Bench,
  kafkaUrl: string,
): Promise<Figure[]> {
  const vaultUrl = await server.database('vault');
  await migrateVault(vaultUrl);
  const vault = await Vault.open(vaultUrl, { masterKey: randomBytes(32).toString('base64') });
  const filledUrl = await server.database('filled');
  await migrateJournal(filledUrl);
  await migrateCollector(filledUrl);
  const journal = await openJournal(filledUrl);
  say(`filling a journal with ${events.toLocaleString('en')} events`);
  await fill(journal, vault, companyEvents(events));
  await journal.close();

  const definitions = SERVICES.filter(({ schema }) => services.has(schema));
  const all = new Map<string, Measured>(
    definitions.map(({ schema }) => [
      schema,
      { projected: [], copied: [], node: [], postgres: [], projecting: new Stopwatch() },
    ]),
  );
  const consumed: number[] = [];
  for (let round = 0; round < rounds; round++) {
    say(`publishing, round ${round + 1} of ${rounds}`);
    const journalUrl = await server.database('journal', 'filled');
    const opened = await openJournal(journalUrl);
    const settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `bench-${randomUUID()}` });
    const kafka = kafkaConnection(kafkaUrl, settings);
    await kafka.prepare(['events', 'decisions']);
    const relay = await startRelay(journalUrl, opened, kafka);
    await relay.published(events);
    consumed.push(events / (await plainConsuming(kafka, events)));
    for (const definition of definitions) {
      say(`${definition.schema} from Kafka, round ${round + 1} of ${rounds}`);
      const url = await server.database('service');
      const service = await ServiceUnderBench.open(definition, { journalUrl, url, vault });
      const { projected, copied, node, postgres, projecting } = all.get(definition.schema)!;
      const stream = new KafkaStream(kafka.client, kafka.reader('events'), {
        group: kafka.group(definition.schema),
      });
      const used = await processorTimeOf(server.pid, async () => {
        projected.push(events / (await service.project(projecting, stream)));
      });
      node.push((used.node * 1e9) / events);
      postgres.push((used.postgres * 1e9) / events);
      copied.push(events / (await copyTime(url, service.tables, folder)));
      await service.close();
      await server.drop('service');
    }
    await relay.stop();
    await opened.close();
    await server.drop('journal');
  }
  await vault.close();
  for (const name of ['vault', 'filled']) await server.drop(name);
  const unit = 'events/s';
  return [...all].flatMap(([schema, { projected, copied, node, postgres, projecting }]): Figure[] => [
    {
      name: `${schema}, topic to tables`,
      unit,
      ours: projected,
      peer: 'COPY',
      peers: copied,
      target: { atLeast: 0.4 },
      profile: projecting.shares(),
    },
    { name: `${schema}, the same`, unit, ours: projected, peer: 'only counting', peers: consumed },
    {
      name: `${schema}, the same`,
      unit,
      ours: projected,
      peer: 'only counting, then COPY',
      peers: copied.map((rate, round) => oneAfterTheOther(rate, consumed[round]!)),
    },
    { name: `${schema}, Node`, unit: 'ns of a processor an event', ours: node },
    { name: `${schema}, PostgreSQL`, unit: 'ns of a processor an event', ours: postgres },
  ]);
}

/** The rate of two things that each event goes through, the one after the other. */
const oneAfterTheOther = (first: number, second: number) => 1 / (1 / first + 1 / second);

/** Seconds that a consumer takes which only counts the records, with the very same settings of kafkajs. */
async function plainConsuming(kafka: KafkaConnection, events: number): Promise<number> {
  let count = 0;
  const consumer = kafka.consumer('events', {
    group: `plain-${randomUUID()}`,
    assigned: () => undefined,
    receive: async (payload) => {
      count += payload.batch.messages.length;
      payload.resolveOffset(payload.batch.lastOffset());
    },
  });
  const taken = await seconds(async () => {
    consumer.start();
    while (count < events) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  await consumer.stop();
  return taken;
}
