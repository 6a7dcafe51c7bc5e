import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { brokersOf } from './kafka.address.js';
import { KafkaSettings } from './kafka.settings.js';
import { tokenProvider } from './access-token.js';
import { repairKafkajs } from './kafkajs.repairs.js';

export type KafkaLog = (
  level: 'debug' | 'log' | 'warn',
  message: string,
  fields?: Record<string, unknown>,
) => void;

repairKafkajs();

/**
 * How long a request may take, in milliseconds. Long for consumers: what is asked of a broker that hangs is answered
 * when it goes on. Who had given up by then and asked again would be two members of its group, and everybody would wait
 * until the session of the first one ends.
 */
const MEMBERS_WAIT = 30_000;

/** A client of the cluster; nothing is connected yet. */
export function kafkaClient(
  url: string,
  settings: KafkaSettings = new KafkaSettings(),
  log?: KafkaLog,
  requestTimeout = MEMBERS_WAIT,
): Kafka {
  return new Kafka({
    brokers: brokersOf(url),
    clientId: settings.kafkaPrefix,
    sasl: saslOf(settings),
    ssl: tlsOf(settings),
    connectionTimeout: 3_000,
    requestTimeout,
    // Short: a broker that comes back is found within seconds, and what goes on failing is told to the watchdog.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: log ? logLevel.WARN : logLevel.NOTHING,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, stack: ___, ...fields } = entry.log;
      // Much of what kafkajs calls an error it mends itself; what it doesn't is told by whoever uses it.
      log?.('debug', `${entry.namespace}: ${message}`, fields);
    },
  });
}

function saslOf(settings: KafkaSettings): SASLOptions | undefined {
  const {
    kafkaSaslMechanism: mechanism,
    kafkaUsername: username = '',
    kafkaPassword: password = '',
  } = settings;
  switch (mechanism) {
    case undefined:
      return undefined;
    case 'oauthbearer':
      return { mechanism, oauthBearerProvider: tokenProvider(settings) };
    // The library's types want the mechanism as a literal.
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

function tlsOf({
  kafkaTls,
  kafkaTlsCa,
  kafkaTlsCertificate,
  kafkaTlsKey,
}: KafkaSettings): KafkaConfig['ssl'] {
  if (!kafkaTls) return false;
  return {
    ...(kafkaTlsCa && { ca: [kafkaTlsCa] }),
    ...(kafkaTlsKey && { cert: kafkaTlsCertificate, key: kafkaTlsKey }),
  };
}
