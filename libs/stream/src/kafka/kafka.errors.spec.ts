import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { settings } from '@perennial/service';
import {
  describeWithKafka,
  freePorts,
  kafkaTestUser,
  sharedKafka,
  type SharedKafka,
} from '@perennial/testing';
import { kafkaConnection } from './kafka.connection.js';
import { KafkaSettingError, KafkaUnavailable } from './kafka.errors.js';
import { KafkaSettings } from './kafka.settings.js';

const { username, password } = kafkaTestUser;
const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: username, KAFKA_PASSWORD: password };
const byToken = {
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_CLIENT_ID: 'us',
  KAFKA_CLIENT_SECRET: 'secret',
};

describeWithKafka('a Kafka that can not be used', () => {
  let kafka: SharedKafka;
  let tokens: string;
  let status = 401;
  const server = createServer((_, response) => void response.writeHead(status).end('{}'));
  beforeAll(async () => {
    kafka = await sharedKafka();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    tokens = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  });
  afterAll(() => server.close());

  const connection = (address: string | undefined, environment: Record<string, string> = {}) => {
    const made = kafkaConnection(
      `kafka://${address}`,
      settings(KafkaSettings, { KAFKA_PREFIX: 'errors', ...environment }),
      (_, message, { problem } = {}) => said.push(`${message}: ${String(problem)}`),
    );
    made.needed.add('rejected');
    return made;
  };
  const said: string[] = [];

  it.each<[string, 'plaintext' | 'sasl' | 'tls', Record<string, string>, RegExp]>([
    ['a wrong password', 'sasl', { ...login, KAFKA_PASSWORD: 'wrong' }, /let us in.*KAFKA_SASL_MECHANISM/],
    ['a login where none is asked for', 'plaintext', login, /asks for no login.*unset KAFKA_SASL_MECHANISM/],
    [
      'an authority that we do not know',
      'tls',
      { KAFKA_TLS: 'true' },
      /not trusted \(self-signed certificate\).*KAFKA_TLS_CA/,
    ],
  ])('ends a start, and says what to mend, for %s', async (_, listener, environment, sentence) => {
    if (!kafka[listener]) return;
    const start = connection(kafka[listener], environment).prepareIfThere();
    await expect(start).rejects.toThrow(KafkaSettingError);
    await expect(start).rejects.toThrow(sentence);
    await expect(start).rejects.toHaveProperty('exitCode', 78);
  });

  it.each<[string, () => number, 'setting' | 'away', RegExp]>([
    ['that refuse us', () => (status = 401), 'setting', /answered 401.*KAFKA_CLIENT_ID, KAFKA_CLIENT_SECRET/],
    ['that are at fault', () => (status = 503), 'away', /answered 503/],
    ['that give none', () => (status = 200), 'setting', /answered no access_token/],
  ])('tells of token endpoints %s', async (_, answers, kind, sentence) => {
    if (!kafka.sasl) return;
    answers();
    const prepared = connection(kafka.sasl, { ...byToken, KAFKA_TOKEN_URL: tokens }).prepare(['rejected']);
    await expect(prepared).rejects.toThrow(kind === 'away' ? KafkaUnavailable : KafkaSettingError);
    await expect(prepared).rejects.toThrow(sentence);
  });

  it('tells of a token endpoint that is away', async () => {
    const [port] = await freePorts(1);
    const environment = { ...byToken, KAFKA_TOKEN_URL: `http://127.0.0.1:${port}/token` };
    const prepared = connection(kafka.sasl ?? kafka.brokers[0], environment).prepare(['rejected']);
    await expect(prepared).rejects.toThrow(/KAFKA_TOKEN_URL can't be reached \(connect ECONNREFUSED/);
  });

  it.each<[string, 'sasl' | 'tls' | 'plaintext', Record<string, string>]>([
    ['no login where one is asked for', 'sasl', {}],
    ['no TLS where it is asked for', 'tls', {}],
    ['TLS where there is none', 'plaintext', { KAFKA_TLS: 'true' }],
  ])('does not end a start, but says where to look, for %s', async (_, listener, environment) => {
    if (!kafka[listener]) return;
    // What a broker does then is what one does that is being stopped: it closes the connection.
    said.length = 0;
    await connection(kafka[listener], environment).prepareIfThere();
    expect(said).toContainEqual(
      expect.stringMatching(
        /starting without Kafka: .*can't be reached at .*KAFKA_TLS and KAFKA_SASL_MECHANISM/,
      ),
    );
  });

  it('does not end a start while it is away', async () => {
    const [port] = await freePorts(1);
    said.length = 0;
    await connection(`127.0.0.1:${port}`).prepareIfThere();
    expect(said).toContainEqual(expect.stringMatching(/starting without Kafka: .*ECONNREFUSED/));
    await expect(connection(`127.0.0.1:${port}`).prepare(['rejected'])).rejects.toThrow(KafkaUnavailable);
  });
});
