import { Kafka, logLevel, type KafkaConfig, type SASLOptions } from 'kafkajs';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { KafkaSettings } from './kafka.settings.js';
import { tokenProvider } from './access-token.js';
import { installWire } from './wire/kafkajs.wire.js';

export type KafkaLog = (level: 'debug' | 'warn', message: string, fields?: Record<string, unknown>) => void;

/** STREAM_URL names no brokers. */
export class KafkaUrlError extends Error {}

/** `kafka://host:port,host:port` → the brokers. Throws `KafkaUrlError`. */
export function brokersOf(url: string): string[] {
  const brokers = url
    .replace(/^kafka:\/\//, '')
    .replace(/\/$/, '')
    .split(',');
  if (
    !url.startsWith('kafka://') ||
    !brokers.every((broker) => /^[\w.-]+:\d+$|^\[[\da-f:]+\]:\d+$/i.test(broker))
  )
    // The URL itself may hold a password, so it is not repeated.
    throw new KafkaUrlError(
      'STREAM_URL must name Kafka as kafka://host:port,host:port; credentials go into KAFKA_USERNAME and KAFKA_PASSWORD.',
    );
  return brokers;
}

/** Each answer begins with its size, in so many bytes. */
const SIZE_BYTES = 4;

/**
 * kafkajs 2.2.4 re-arms a timer of 1 ms for ever on every connection that is not throttled (its issues 1751, 1768):
 * an idle process burns a fifth of a core. The timer only has work while requests are pending.
 */
const queue = RequestQueue.prototype;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the queue that it is asked of
const schedule = queue.scheduleCheckPendingRequests;
queue.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0) schedule.call(this);
};

/**
 * kafkajs 2.2.4 goes on reading from a connection that it has given up, into the buffer which the next one uses, and
 * begins that one with what was left of an answer: what follows is no longer an answer, and the process ends by it.
 */
const connection = Connection.prototype;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the connection that it is asked of
const disconnect = connection.disconnect;
connection.disconnect = async function () {
  const disconnected = await disconnect.call(this);
  this.socket?.removeAllListeners('data').destroySoon();
  Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: SIZE_BYTES });
  return disconnected;
};

/** Neither does it give up a connection that gives no answer: it would ask the same one again and again. */
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the connection that it is asked of
const send = connection.send;
connection.send = async function (request) {
  const { socket } = this;
  try {
    return await send.call(this, request);
  } catch (error) {
    // Of several requests that end together the first one closes it; there may be another one by now.
    if (
      (error as Error).name === 'KafkaJSRequestTimeoutError' &&
      this.socket === socket &&
      this.isConnected()
    ) {
      this.rejectRequests(error as Error);
      await this.disconnect();
    }
    throw error;
  }
};

installWire();

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
