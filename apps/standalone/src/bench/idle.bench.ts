import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchKafka } from './bench-kafka.bench.js';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';
import { processorSecondsOf } from './processor-time.bench.js';
import { kafkaEnvironment, startService, type ServiceProcess } from './service-process.bench.js';

const SERVICES = ['collector', 'acquisition', 'interactions', 'retention', 'recommendations'];
/** Until what a start leaves to be done is done, and how long is looked, in seconds. */
const SETTLES = 20;
const LOOKED = 30;

/** The processor time that services use which have nothing to do, each in a process of its own, on Kafka. */
export async function idleFigures(bench: Bench): Promise<Figure[]> {
  const { server, rounds, say } = bench;
  const kafka = await startBenchKafka(bench);
  const environment = kafkaEnvironment(await server.database('idle'), kafka.url);
  const running: ServiceProcess[] = [];
  try {
    say('starting every service, each in a process');
    for (const service of SERVICES) running.push(await startService(service, environment));
    await sleep(SETTLES * 1_000);
    const ours: number[][] = SERVICES.map(() => []);
    for (let round = 0; round < rounds; round++) {
      say(`nothing to do, round ${round + 1} of ${rounds}`);
      const used = () => running.map(({ child }) => processorSecondsOf(child.pid!));
      const before = used();
      await sleep(LOOKED * 1_000);
      used().forEach((seconds, index) => ours[index]!.push(((seconds - before[index]!) * 1_000) / LOOKED));
    }
    return SERVICES.map((service, index) => ({
      name: `${service} with nothing to do`,
      unit: 'ms of a core a second',
      ours: ours[index]!,
      target: { atMost: 20 },
    }));
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
    await sleep(500);
    await server.drop('idle');
    await kafka.stop();
  }
}
