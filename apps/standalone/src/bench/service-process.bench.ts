import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A service in a process of its own, as containers run it. */
export interface ServiceProcess {
  url: string;
  child: ChildProcess;
}

/** What services are told that share this database and this Kafka, on topics of their own. */
export const kafkaEnvironment = (database: string, streamUrl: string): Record<string, string> => ({
  JOURNAL_URL: database,
  STREAM_URL: streamUrl,
  DATABASE_URL: database,
  MASTER_KEY: randomBytes(32).toString('base64'),
  KAFKA_PREFIX: `bench-${randomUUID()}`,
});

/** Starts a service with these settings, on a port of its own; resolves when it has started. */
export async function startService(
  service: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [`${root}apps/${service}/dist/main.js`], {
    env: { PATH: process.env.PATH ?? '', PORT: '0', ...environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  const url = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      if (said.length < 100_000) said += chunk.toString();
      const [address] = /(?<=started at )http:\S+?(?=["\s]|$)/.exec(said) ?? [];
      if (address) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`${service} ended with ${code}: ${said.slice(-2_000)}`)));
  });
  return { url: await url, child };
}
