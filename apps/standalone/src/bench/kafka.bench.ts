import { randomBytes, randomUUID } from 'node:crypto';
import { acquisition } from '@perennial/acquisition';
import { migrateVault, Vault } from '@perennial/privacy';
import { KafkaStream, type KafkaConnection } from '@perennial/stream';
import type { Bench } from './bench.bench.js';
import { startBenchKafka } from './bench-kafka.bench.js';
import { fillDecided, fillUndecided, publishCopy } from './company-topic.bench.js';
import type { Figure } from './figures.bench.js';
import { processorTimeOf } from './processor-time.bench.js';
import { SERVICES, ServiceUnderBench } from './service.bench.js';
import { seconds, Stopwatch } from './stopwatch.bench.js';
import { copyTime } from './table-copy.bench.js';

/** Rates of one service in events a second, a number a round. */
interface Measured {
  projected: number[];
  /** By COPY the rows that it has made of them. */
  copied: number[];
  /** By COPY the events themselves. */
  copiedAsTheyAre: number[];
  counted: number[];
  /** Nanoseconds of a processor an event. */
  node: number[];
  postgres: number[];
  projecting: Stopwatch;
}

const nothingMeasured = (): Measured => ({
  projected: [],
  copied: [],
  copiedAsTheyAre: [],
  counted: [],
  node: [],
  postgres: [],
  projecting: new Stopwatch(),
});

/** From the topic into the read models of each service. */
export async function kafkaFigures(bench: Bench): Promise<Figure[]> {
  const kafka = await startBenchKafka(bench);
  try {
    return await throughput(bench, kafka.url);
  } finally {
    await kafka.stop();
  }
}

/** Which services read which topic. Nobody has identified customers yet before acquisition does. */
const TOPICS = [
  { name: 'undecided', fill: fillUndecided, readers: [acquisition] },
  {
    name: 'decided',
    fill: fillDecided,
    readers: SERVICES.filter((definition) => definition !== acquisition),
  },
];

async function throughput(
  { server, events, rounds, services, folder, say }: Bench,
  kafkaUrl: string,
): Promise<Figure[]> {
  const vaultUrl = await server.database('vault');
  await migrateVault(vaultUrl);
  const vault = await Vault.open(vaultUrl, { masterKey: randomBytes(32).toString('base64') });
  const chosen = TOPICS.map(({ readers, ...topic }) => ({
    ...topic,
    readers: readers.filter(({ schema }) => services.has(schema)),
  })).filter(({ readers }) => readers.length > 0);
  for (const { name, fill } of chosen) {
    say(`filling a journal with ${events.toLocaleString('en')} events, ${name}`);
    await fill(server, vault, name, events);
  }

  const all = new Map<string, Measured>();
  for (let round = 0; round < rounds; round++)
    for (const { name, readers } of chosen) {
      const of = `round ${round + 1} of ${rounds}`;
      say(`publishing, ${of}`);
      const topic = await publishCopy(server, name, kafkaUrl);
      const published = await topic.events();
      const counted = published / (await plainConsuming(topic.kafka, published));
      const copiedAsTheyAre = published / (await copyTime(topic.journalUrl, ['journal.event'], folder));
      for (const definition of readers) {
        const { schema } = definition;
        say(`${schema} from Kafka, ${of}`);
        const url = await server.database('service');
        const service = await ServiceUnderBench.open(definition, { ...topic, url, vault });
        const measured = all.get(schema) ?? nothingMeasured();
        all.set(schema, measured);
        const stream = new KafkaStream(topic.kafka.client, topic.kafka.reader('events'), {
          group: topic.kafka.group(schema),
        });
        let taken = 0;
        const used = await processorTimeOf(server.pid, async () => {
          taken = await service.project(measured.projecting, stream);
        });
        // Acquisition has read its own decisions, too.
        const read = await topic.events();
        measured.projected.push(read / taken);
        measured.node.push((used.node * 1e9) / read);
        measured.postgres.push((used.postgres * 1e9) / read);
        measured.copied.push(read / (await copyTime(url, service.tables, folder)));
        measured.copiedAsTheyAre.push(copiedAsTheyAre);
        measured.counted.push(counted);
        await service.close();
        await server.drop('service');
      }
      await topic.stop();
    }
  await vault.close();
  for (const name of ['vault', ...chosen.map(({ name }) => name)]) await server.drop(name);
  const unit = 'events/s';
  return [...all].flatMap(([schema, measured]): Figure[] => {
    const { projected, copied, copiedAsTheyAre, counted, node, postgres, projecting } = measured;
    const the = { name: `${schema}, the same`, unit, ours: projected };
    return [
      {
        name: `${schema}, topic to tables`,
        unit,
        ours: projected,
        peer: 'COPY of its rows',
        peers: copied,
        target: { atLeast: 0.4 },
        profile: projecting.shares(),
      },
      {
        ...the,
        peer: 'COPY of the events, a row each',
        peers: copiedAsTheyAre,
        target: { atLeast: 0.4 },
      },
      { ...the, peer: 'only counting', peers: counted },
      {
        ...the,
        peer: 'only counting, then COPY of its rows',
        peers: copied.map((rate, index) => oneAfterTheOther(rate, counted[index]!)),
      },
      { name: `${schema}, Node`, unit: 'ns of a processor an event', ours: node },
      { name: `${schema}, PostgreSQL`, unit: 'ns of a processor an event', ours: postgres },
    ];
  });
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
