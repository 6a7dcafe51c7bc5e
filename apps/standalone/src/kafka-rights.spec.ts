import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CollectorModule } from '@perennial/collector';
import { InteractionsModule } from '@perennial/interactions';
import { RunnerRegistry, type Status } from '@perennial/read-models';
import { settings } from '@perennial/service';
import { kafkaConnection, KafkaSettings } from '@perennial/stream';
import {
  describeWithOwnKafka,
  grant,
  kafkaTestUser,
  onlyWhatIsGranted,
  ServiceUnderTest,
  startKafkaBroker,
  type KafkaBroker,
  until,
} from '@perennial/testing';

const viewed = (id: string) => ({
  specversion: '1.0',
  source: '/shop',
  id,
  type: 'page.viewed',
  subject: 'user:1',
  time: '2026-03-01T12:00:00Z',
  data: { path: '/' },
});

/** As docs/operations.md has them. */
const RIGHTS = {
  collector: [
    { on: 'topic', name: 'perennial.events', may: ['read', 'write'] },
    { on: 'topic', name: 'perennial.decisions', may: ['read', 'write'] },
    { on: 'topic', name: 'perennial.inbound', may: ['read'] },
    { on: 'topic', name: 'perennial.rejected', may: ['write'] },
    { on: 'group', name: 'perennial.collector', may: ['read'] },
  ],
  interactions: [
    { on: 'topic', name: 'perennial.events', may: ['read'] },
    { on: 'group', name: 'perennial.interactions', may: ['read'] },
  ],
} as const;

describeWithOwnKafka('a Kafka that allows what was granted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-kafka-'));
  let broker: KafkaBroker;
  const kafka = settings(KafkaSettings, {
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_USERNAME: kafkaTestUser.username,
    KAFKA_PASSWORD: kafkaTestUser.password,
  });
  const engines = () => ({ streamUrl: `kafka://${broker.sasl}`, kafka });
  const started: ServiceUnderTest[] = [];
  beforeAll(async () => {
    broker = await startKafkaBroker({ folder, settings: onlyWhatIsGranted });
  }, 120_000);
  afterAll(async () => {
    for (const service of started) await service.close();
    await broker.stop();
    rmSync(folder, { recursive: true });
  });

  it('ends a start that may not even see the topics, and says so', async () => {
    const start = kafkaConnection(`kafka://${broker.sasl}`, kafka).prepare(['events']);
    await expect(start).rejects.toThrow(
      /perennial\.events are missing, or hidden from this user, and could not be created \(.*authoriz.*\)/i,
    );
    await expect(start).rejects.toHaveProperty('exitCode', 78);
  });

  it('is enough for what docs/operations.md names', async () => {
    await kafkaConnection(broker.url).prepare(['events', 'decisions', 'inbound', 'rejected']);
    await grant(broker.plaintext, [...RIGHTS.collector, ...RIGHTS.interactions]);
    const service = new ServiceUnderTest([CollectorModule, InteractionsModule], {}, [], engines);
    started.push(service);
    await service.open();
    expect((await service.post('/events', [viewed('by-http')])).status).toBe(200);
    const others = kafkaConnection(broker.url).producer();
    const headers = { 'content-type': 'application/cloudevents+json' };
    await others.send('perennial.inbound', [
      { headers, value: JSON.stringify(viewed('by-kafka')) },
      { headers, value: 'nonsense' },
    ]);
    await others.close();
    const count = async (sql: string) => (await service.pool.query(sql)).rowCount;
    await until(async () => (await count('select from journal.event')) === 2);
    await until(async () => (await count('select from collector.rejected')) === 1);
    await service.app.get(RunnerRegistry).caughtUp(60_000);
    expect(await count('select from interactions.timeline')).toBe(2);
    const { body } = await service.get<Status>('/api/operations/status');
    expect(body.problems).toEqual({});
  }, 120_000);
});
