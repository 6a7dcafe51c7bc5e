import type { StartedTestContainer } from 'testcontainers';
import { freePorts } from './free.ports.js';
import { answers } from './kafka.broker.js';

/** The same Kafka as pom.xml names. */
const IMAGE = 'apache/kafka:4.1.1';

/** Starts Kafka in a container, for machines without Java. Only the plaintext listener. */
export async function startKafkaContainer(): Promise<{ address: string; container: StartedTestContainer }> {
  // Loaded only where it is needed: it is large.
  const { GenericContainer } = await import('testcontainers');
  const [port = 0] = await freePorts(1);
  const container = await new GenericContainer(IMAGE)
    // The port is the same inside and outside, because the broker tells clients its address.
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_NODE_ID: '1',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://localhost:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
    })
    .start();
  const address = `127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; !(await answers(address));) {
    if (Date.now() > end) throw new Error('Kafka in a container did not answer within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { address, container };
}
