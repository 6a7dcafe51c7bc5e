import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafkaBroker } from '@perennial/testing';
import type { Bench } from './bench.bench.js';

/** The Kafka that is measured: the one that KAFKA_BROKERS names, else one of its own on this machine. */
export async function startBenchKafka({
  folder,
  say,
}: Bench): Promise<{ url: string; stop(): Promise<void> }> {
  const { KAFKA_BROKERS } = process.env;
  if (KAFKA_BROKERS) return { url: `kafka://${KAFKA_BROKERS}`, stop: async () => undefined };
  say('starting Kafka');
  const own = join(folder, 'kafka');
  // As in production, with the compiler for hot code.
  const javaOptions = ['-XX:TieredStopAtLevel=4', '-Xmx768m'];
  const broker = await startKafkaBroker({ folder: own, javaOptions });
  return {
    url: broker.url,
    async stop() {
      await broker.kill();
      rmSync(own, { recursive: true, force: true });
    },
  };
}
