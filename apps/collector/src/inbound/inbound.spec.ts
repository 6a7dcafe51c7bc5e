import { spawnSync } from 'node:child_process';
import { CloudEvent, Kafka as Binding } from 'cloudevents';
import type { KafkaConnection } from '@perennial/stream';
import {
  describeWithKafka,
  itIf,
  kafkaStream,
  recordsOf,
  sendRecords,
  ServiceUnderTest,
  sharedKafka,
  until,
} from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const data = { shipmentId: 'S-1', orderId: 'O-1' };
const attributes = {
  source: '/erp',
  type: 'shipment.delivered',
  subject: 'user:7',
  time: '2026-03-01T12:00:00.000Z',
};
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const hasKcat = spawnSync('kcat', ['-V']).status === 0;

describeWithKafka('events that others publish to Kafka', () => {
  const service = new ServiceUnderTest([CollectorModule], {}, [], kafkaStream);
  let kafka: KafkaConnection;
  beforeAll(async () => {
    await service.open();
    kafka = service.platform.kafka!;
  });
  afterAll(() => service.close());

  const send = (...messages: Parameters<typeof sendRecords>[1]) =>
    sendRecords(kafka.topic('inbound'), messages);
  const event = (id: string, more: object = {}) => ({ specversion: '1.0', id, ...attributes, data, ...more });
  const journaled = async () =>
    (
      await service.pool.query<{ id: string; source: string; data: string }>(
        `select id, source, data from journal.event`,
      )
    ).rows;
  const isJournaled = (id: string) => until(async () => (await journaled()).some((row) => row.id === id));
  const rejected = async () =>
    (
      await service.pool.query<{ code: string; origin: string; reference: string }>(
        'select code, origin, reference from collector.rejected order by number',
      )
    ).rows;

  it('are recorded when the npm client publishes them in binary mode', async () => {
    const { headers, value } = Binding.binary(new CloudEvent(event('npm-binary')));
    const given = Object.entries(headers).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    await send({ key: 'user:7', headers: Object.fromEntries(given), value: JSON.stringify(value) });
    await isJournaled('npm-binary');
    expect((await journaled()).find(({ id }) => id === 'npm-binary')).toMatchObject({
      source: '/erp',
      data: JSON.stringify(data),
    });
  });

  it('are recorded when the npm client publishes them in structured mode', async () => {
    const { headers, value } = Binding.structured(new CloudEvent(event('npm-structured')));
    await send({ headers: headers as Record<string, string>, value: value });
    await isJournaled('npm-structured');
  });

  it('are told by their specversion when there is no content type', async () => {
    await send({ value: JSON.stringify(event('bare')) });
    await isJournaled('bare');
  });

  it('have attributes in plain UTF-8, unlike those of HTTP', async () => {
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'Größe 100 %',
      ce_source: '/erp',
      ce_type: 'shipment.delivered',
    };
    await send({
      headers: { ...headers, ce_subject: 'user:7', ce_time: attributes.time },
      value: JSON.stringify(data),
    });
    await isJournaled('Größe 100 %');
  });

  itIf(hasKcat, 'needs kcat')('are recorded when kcat publishes them', async () => {
    const { brokers } = await sharedKafka();
    const headers = Object.entries({ specversion: '1.0', id: 'kcat', ...attributes }).flatMap(
      ([name, value]) => ['-H', `ce_${name}=${value}`],
    );
    const topic = kafka.topic('inbound');
    const sent = spawnSync(
      'kcat',
      ['-P', '-b', brokers.join(','), '-t', topic, '-H', 'content-type=application/json', ...headers],
      {
        input: JSON.stringify(data),
      },
    );
    expect(sent.status).toBe(0);
    await isJournaled('kcat');
  });

  it('are one event however often they come, also by HTTP', async () => {
    await service.post('/events', event('once'));
    await send(
      { headers: structured, value: JSON.stringify(event('once')) },
      { value: JSON.stringify(event('once')) },
    );
    await send({ headers: structured, value: JSON.stringify(event('after once')) });
    await isJournaled('after once');
    expect((await journaled()).filter(({ id }) => id === 'once')).toHaveLength(1);
  });

  it('are kept with the reason and told to the topic of rejected events when they are bad; neighbours are not concerned', async () => {
    const before = (await rejected()).length;
    await send(
      { headers: structured, value: '{"specversion":"1.0",' },
      { headers: structured, value: JSON.stringify(event('good one')) },
      { headers: structured, value: JSON.stringify(event('bad type', { type: 'no.such.type' })) },
      { value: null },
      { value: Buffer.from([0xff, 0xfe, 0x00]) },
      { headers: { ce_id: 'bad data', ce_specversion: '1.0' }, value: 'no json' },
      {
        headers: structured,
        value: JSON.stringify(event('decided', { type: 'customers.merged', data: {} })),
      },
      { headers: structured, value: JSON.stringify(event('last one')) },
    );
    await isJournaled('last one');
    await isJournaled('good one');
    // What is good is in the journal before what is bad is kept.
    await until(async () => (await rejected()).length >= before + 6);
    const kept = (await rejected()).slice(before);
    expect(kept).toHaveLength(6);
    for (const { origin, reference } of kept) {
      expect(origin).toBe('kafka');
      expect(reference).toMatch(/inbound, partition 0, offset \d+$/);
    }
    const told = await recordsOf(kafka.topic('rejected'), kept.length);
    expect(told.map(({ value }) => (JSON.parse(value!) as { code: string }).code).sort()).toEqual(
      kept.map(({ code }) => code).sort(),
    );
    expect(told.every(({ headers }) => headers.ce_type === 'perennial.event.rejected')).toBe(true);
    expect(JSON.stringify(told)).not.toContain('user:7');
  });

  it('wait while the journal is away, and are not lost', async () => {
    const { journal } = service.platform;
    const append = journal.appendMany.bind(journal);
    let refused = 0;
    journal.appendMany = async (appends) => {
      if (refused++ < 3) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return append(appends);
    };
    await send({ headers: structured, value: JSON.stringify(event('patient')) });
    await isJournaled('patient');
    expect(refused).toBeGreaterThan(3);
  });
});
