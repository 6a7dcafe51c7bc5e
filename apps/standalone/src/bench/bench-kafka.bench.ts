import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaConnection, KafkaSettings, type KafkaConnection } from '@perennial/stream';
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

/** Topics of their own, empty, for what a relay publishes. */
export async function freshTopics(kafkaUrl: string): Promise<KafkaConnection> {
  const settings = Object.assign(new KafkaSettings(), { kafkaPrefix: `bench-${randomUUID()}` });
  const kafka = kafkaConnection(kafkaUrl, settings);
  await kafka.prepare(['events', 'decisions']);
  return kafka;
}
