import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rootCertificates } from 'node:tls';
import { settings } from '@perennial/service';
import { describeWithKafka, itIf, kafkaTestUser, sharedKafka, type SharedKafka } from '@perennial/testing';
import { brokersOf } from './kafka.address.js';
import { kafkaClient } from './kafka.client.js';
import { KafkaSettingError } from './kafka.errors.js';
import { KafkaSettings } from './kafka.settings.js';
import { prepareTopics, topicOf, TopicsUnusable, type TopicName } from './topics.js';

const certificate = rootCertificates[0]!;

describe('the address of Kafka', () => {
  it('names one broker or several', () => {
    expect(brokersOf('kafka://a:9092')).toEqual(['a:9092']);
    expect(brokersOf('kafka://a.example:9092,10.0.0.7:9093,[::1]:9094/')).toEqual([
      'a.example:9092',
      '10.0.0.7:9093',
      '[::1]:9094',
    ]);
  });

  it.each([
    'kafka://',
    'kafka://a',
    'kafka://user:secret@a:9092',
    'kafka://a:9092,,b:9092',
    'postgres://a:5432/x',
  ])('is not %s, and the refusal repeats nothing of it', (url) => {
    expect(() => brokersOf(url)).toThrow(KafkaSettingError);
    expect(() => brokersOf(url)).not.toThrow(/secret/);
  });
});

describe('settings of Kafka', () => {
  const problems = (environment: Record<string, string>) => () => settings(KafkaSettings, environment);

  it('need nothing where brokers ask for nothing', () => {
    expect(settings(KafkaSettings, {})).toMatchObject({ kafkaPrefix: 'perennial', kafkaTls: false });
  });

  it('say what is missing', () => {
    expect(problems({ KAFKA_SASL_MECHANISM: 'plain' })).toThrow(/needs KAFKA_USERNAME and KAFKA_PASSWORD/);
    expect(problems({ KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_CLIENT_ID: 'x' })).toThrow(
      /needs KAFKA_TOKEN_URL and KAFKA_CLIENT_SECRET/,
    );
    expect(problems({ KAFKA_SASL_MECHANISM: 'gssapi' })).toThrow(/KAFKA_SASL_MECHANISM/);
    expect(problems({ KAFKA_PASSWORD: 'hunter2' })).toThrow(/need KAFKA_SASL_MECHANISM/);
    expect(problems({ KAFKA_PASSWORD: 'hunter2' })).not.toThrow(/hunter2/);
    expect(problems({ KAFKA_CLIENT_SECRET: 'hunter2' })).toThrow(/need KAFKA_SASL_MECHANISM/);
    expect(problems({ KAFKA_TLS_CA: certificate })).toThrow(/KAFKA_TLS=true/);
    expect(problems({ KAFKA_TLS: 'true', KAFKA_TLS_CERTIFICATE: certificate })).toThrow(/belong together/);
  });

  it('say what can not be used, and repeat nothing of it', () => {
    expect(problems({ KAFKA_PREFIX: 'our topics' })).toThrow(
      /KAFKA_PREFIX must be up to 200 letters, digits, dots, underscores and hyphens\./,
    );
    expect(problems({ STREAM_URL: 'kafka://us:hunter2@there' })).toThrow(
      /STREAM_URL must name Kafka as kafka:\/\/host:port,host:port/,
    );
    const pem = {
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA: '/etc/kafka/ca.pem',
      KAFKA_TLS_CERTIFICATE: certificate,
      KAFKA_TLS_KEY: '-----BEGIN PRIVATE KEY-----hunter2',
    };
    expect(problems(pem)).toThrow(/KAFKA_TLS_CA must be a PEM .*KAFKA_TLS_CA_FILE names a file/);
    expect(problems(pem)).toThrow(/KAFKA_TLS_KEY must be a PEM/);
    expect(problems(pem)).not.toThrow(/KAFKA_TLS_CERTIFICATE must/);
    expect(problems(pem)).not.toThrow(/hunter2|ca\.pem/);
    expect(problems({ STREAM_URL: 'kafka://there:99999' })).toThrow(/STREAM_URL must name Kafka/);
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const others = { KAFKA_TLS: 'true', KAFKA_TLS_CERTIFICATE: certificate, KAFKA_TLS_KEY: privateKey };
    expect(problems(others)).toThrow(/KAFKA_TLS_KEY is the key of another certificate/);
  });
});

describeWithKafka('a client of Kafka', () => {
  let kafka: SharedKafka;
  const servers: Server[] = [];
  beforeAll(async () => {
    kafka = await sharedKafka();
  });
  afterAll(() => servers.forEach((server) => server.close()));

  const topics = async (address: string | undefined, environment: Record<string, string>) => {
    const admin = kafkaClient(`kafka://${address}`, settings(KafkaSettings, environment)).admin();
    try {
      // One that fails to log in has a connection nonetheless.
      await admin.connect();
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };
  const { username, password } = kafkaTestUser;
  const isOurs = itIf(
    !process.env.KAFKA_BROKERS,
    'needs a Kafka that the tests have set up: unset KAFKA_BROKERS',
  );

  isOurs('logs in by password', async () => {
    if (!kafka.sasl) return;
    for (const KAFKA_SASL_MECHANISM of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      const login = { KAFKA_SASL_MECHANISM, KAFKA_USERNAME: username, KAFKA_PASSWORD: password };
      expect(await topics(kafka.sasl, login)).toBeDefined();
      await expect(topics(kafka.sasl, { ...login, KAFKA_PASSWORD: 'wrong' })).rejects.toThrow(/auth/i);
    }
  });

  isOurs('logs in by a token that is issued for its credentials, and asks for it once', async () => {
    if (!kafka.sasl) return;
    let asked = 0;
    const url = await tokenServer(servers, (authorization) => {
      asked++;
      return authorization === `Basic ${Buffer.from('us:s%26cret').toString('base64')}`;
    });
    const login = {
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_TOKEN_URL: url,
      KAFKA_CLIENT_ID: 'us',
      KAFKA_CLIENT_SECRET: 's&cret',
    };
    expect(await topics(kafka.sasl, login)).toBeDefined();
    expect(asked).toBe(1);
    await expect(topics(kafka.sasl, { ...login, KAFKA_CLIENT_SECRET: 'wrong' })).rejects.toThrow(/401/);
  });

  isOurs('speaks TLS with brokers whose certificate it trusts', async () => {
    if (!kafka.tls) return;
    expect(await topics(kafka.tls, { KAFKA_TLS: 'true', KAFKA_TLS_CA: kafka.certificate! })).toBeDefined();
    await expect(topics(kafka.tls, { KAFKA_TLS: 'true' })).rejects.toThrow(/certificate/i);
  });

  it('creates the topics that are missing, and says what to do about one with other partitions', async () => {
    const own = Object.assign(new KafkaSettings(), { kafkaPrefix: `topics-${process.pid}-${Date.now()}` });
    const client = kafkaClient(kafka.url, own);
    await Promise.all([1, 2].map(() => prepareTopics(client, own, ['inbound', 'rejected'])));
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: false,
      topics: ['events', 'decisions'].map((name) => ({
        topic: topicOf(own, name as TopicName),
        numPartitions: 3,
      })),
    });
    await admin.disconnect();
    const prepared = prepareTopics(client, own, ['events', 'inbound', 'rejected']);
    await expect(prepared).rejects.toThrow(TopicsUnusable);
    await expect(prepared).rejects.toThrow(
      /\.events has 3 partitions, but must have 64.*filled from the journal again/,
    );
    await expect(prepareTopics(client, own, ['decisions'])).rejects.toThrow(
      /created again, without what it holds/,
    );
  });

  it('says why topics could not be created', async () => {
    const own = Object.assign(new KafkaSettings(), {
      kafkaPrefix: `topics-${process.pid}-${Date.now()}`,
      kafkaReplicas: 3,
    });
    await expect(prepareTopics(kafkaClient(kafka.url, own), own, ['events'])).rejects.toThrow(
      /could not be created \(.*replication.*\)/i,
    );
  });
});

/** Issues tokens without signature, as the brokers of tests take them. */
async function tokenServer(servers: Server[], isKnown: (authorization: string) => boolean): Promise<string> {
  const server = createServer((request, response) => {
    if (!isKnown(request.headers.authorization ?? '')) return void response.writeHead(401).end();
    const now = Math.floor(Date.now() / 1_000);
    const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const access_token = `${part({ alg: 'none' })}.${part({ sub: 'us', iat: now, exp: now + 600 })}.`;
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ access_token, expires_in: 600 }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}
