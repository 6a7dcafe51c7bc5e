import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { testUser } from './kafka.artifacts.js';
import { answers, startKafkaBroker, type KafkaBroker } from './kafka.broker.js';
import { describeWithKafka, describeWithOwnKafka, sharedKafka } from './kafka.given.js';

const topicsOf = async (config: KafkaConfig): Promise<string[]> => {
  const admin = new Kafka({ logLevel: logLevel.NOTHING, retry: { retries: 1 }, ...config }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
};

describeWithKafka('the Kafka that the tests share', () => {
  it('answers, and is started once', async () => {
    const [one, other] = await Promise.all([sharedKafka(), sharedKafka()]);
    expect(other).toEqual(one);
    expect(await answers(one.brokers[0]!)).toBe(true);
  });
});

describeWithOwnKafka('a Kafka of a test of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-kafka-'));
  let broker: KafkaBroker;
  beforeAll(async () => {
    broker = await startKafkaBroker({ folder });
  });
  afterAll(async () => {
    await broker.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has its data again after it was killed', async () => {
    const admin = new Kafka({ brokers: [broker.plaintext], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'kept' }], waitForLeaders: true });
    await admin.disconnect();
    await broker.kill();
    expect(broker.pid).toBeUndefined();
    expect(await answers(broker.plaintext)).toBe(false);
    await broker.restart();
    expect(await topicsOf({ brokers: [broker.plaintext] })).toContain('kept');
  });

  it('answers nothing while it is paused, and goes on afterwards', async () => {
    broker.pause();
    const asked = topicsOf({ brokers: [broker.plaintext], requestTimeout: 500, retry: { retries: 0 } });
    await expect(asked).rejects.toThrow();
    broker.continue();
    expect(await topicsOf({ brokers: [broker.plaintext] })).toBeDefined();
  });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'lets a user in by SASL %s',
    async (mechanism) => {
      const sasl = (password: string) => ({
        brokers: [broker.sasl],
        sasl: { mechanism, ...testUser, password } as never,
      });
      expect(await topicsOf(sasl(testUser.password))).toBeDefined();
      await expect(topicsOf(sasl('wrong'))).rejects.toThrow();
    },
  );

  it('speaks TLS', async () => {
    expect(await topicsOf({ brokers: [broker.tls], ssl: { ca: [broker.certificate] } })).toBeDefined();
    await expect(topicsOf({ brokers: [broker.tls], ssl: true })).rejects.toThrow();
  });
});
