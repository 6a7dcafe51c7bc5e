import { KafkaSettingError } from './kafka.errors.js';

/** The URL itself may hold a password, so it is not repeated. */
export const ADDRESS =
  'must name Kafka as kafka://host:port,host:port; credentials go into KAFKA_USERNAME and KAFKA_PASSWORD';

/** `kafka://host:port,host:port` → the brokers. Throws `KafkaSettingError`. */
export function brokersOf(url: string): string[] {
  if (!namesBrokers(url)) throw new KafkaSettingError(`STREAM_URL ${ADDRESS}.`);
  return listed(url);
}

export const namesBrokers = (url: string): boolean =>
  url.startsWith('kafka://') &&
  listed(url).every((broker) => {
    const port = /^(?:[\w.-]+|\[[\da-f:]+\]):(\d+)$/i.exec(broker)?.[1];
    return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
  });

const listed = (url: string): string[] =>
  url
    .replace(/^kafka:\/\//, '')
    .replace(/\/$/, '')
    .split(',');
