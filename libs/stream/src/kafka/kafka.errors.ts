import { OF_CERTIFICATES } from '@perennial/journal';

/** A setting names a Kafka that can't be used; the message says which, and what to do. */
export class KafkaSettingError extends Error {
  /** sysexits.h: the configuration is wrong. */
  readonly exitCode = 78;
}

/** Kafka can't be reached at the moment. The same may be tried again. */
export class KafkaUnavailable extends Error {
  /** sysexits.h: a service is unavailable. */
  readonly exitCode = 69;
}

/** What Kafka's own errors and those of Node are told apart by. */
interface Reason {
  name: string;
  message: string;
  /** Node's, e.g. ECONNREFUSED; a number where a broker has answered. */
  code?: string | number;
  /** What a broker has answered, e.g. TOPIC_AUTHORIZATION_FAILED. */
  type?: string;
}

/** It comes after others have been tried, and tells the last of them as its cause. */
const GAVE_UP = 'KafkaJSNumberOfRetriesExceeded';
const PASSING = /^KafkaJS(Connection|Request|NumberOfRetries|LockTimeout|BrokerNotFound|MetadataNotLoaded)/;

/**
 * What the operator is told, who knows settings and brokers but neither kafkajs nor TLS. Errors that say nothing about
 * the settings or the way to Kafka are answered as they are.
 */
export function explained(error: unknown, brokers: string): unknown {
  const { name, message, code = '', type = '' } = innermost(error);
  const unusable = (text: string) => new KafkaSettingError(text, { cause: error });
  if (name === 'KafkaJSSASLAuthenticationError')
    return unusable(
      `Kafka at ${brokers} does not let us in (${message}): look at KAFKA_SASL_MECHANISM and its credentials.`,
    );
  if (type === 'ILLEGAL_SASL_STATE')
    return unusable(
      `Kafka at ${brokers} asks for no login there: unset KAFKA_SASL_MECHANISM, or name the port for logins in STREAM_URL.`,
    );
  if (type.endsWith('AUTHORIZATION_FAILED'))
    return unusable(
      `Kafka at ${brokers} does not allow it to our user (${message}): docs/operations.md says which rights are needed.`,
    );
  if (OF_CERTIFICATES.test(String(code)))
    return unusable(
      `The certificate of Kafka at ${brokers} is not trusted (${withoutPrefix(message)}): KAFKA_TLS_CA must hold the certificate of its authority, and STREAM_URL the name that it is made out to.`,
    );
  if (PASSING.test(name))
    return new KafkaUnavailable(
      `Kafka can't be reached at ${brokers} (${withoutPrefix(message)}): does it run, and do KAFKA_TLS and KAFKA_SASL_MECHANISM say what STREAM_URL's port wants?`,
      { cause: error },
    );
  return error;
}

function innermost(error: unknown): Reason {
  const { name, message, code, type, cause } = error as Reason & { cause?: unknown };
  return name === GAVE_UP && cause !== undefined ? innermost(cause) : { name, message, code, type };
}

/** kafkajs begins with what is said already; Node adds advice for whoever started it. */
const withoutPrefix = (message: string): string =>
  message.replace(/^Connection error: /, '').replace(/; if the root CA is installed.*$/, '');
