import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { delimiter, join } from 'node:path';

/** The checkout: jest's working directory and that of every npm script. */
const root = process.env.npm_config_local_prefix ?? process.cwd();
const pom = join(root, 'libs/testing/kafka/pom.xml');

/** Users whom the SASL listener of a broker for tests knows. It listens on loopback and keeps nothing. */
export const testUser = { username: 'perennial', password: 'only-for-tests' };
export const CLUSTER_ID = 'cGVyZW5uaWFsLXRlc3RzMQ';
export const STORE_PASSWORD = 'only-for-tests';

/** What a broker is made of: the jars, a formatted log folder to copy, and a certificate of its own. */
export interface KafkaArtifacts {
  classPath: string;
  /** Formatted for KRaft: copied, a broker starts without a second JVM that formats. */
  formatted: string;
  keyStore: string;
  /** PEM of the certificate in the key store. */
  certificate: string;
}

const isOnPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });

const cacheFolder = () => {
  const content = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  return join(root, 'node_modules/.cache/perennial', `kafka-${content}`);
};

/** Whether a broker can be made of Maven's artifacts here: they are fetched already, or can be. */
export const canUseMaven = (): boolean => isOnPath('java') && (existsSync(cacheFolder()) || isOnPath('mvn'));

/** Fetches the artifacts on first use (43 MB); afterwards they are in the cache of the checkout. */
export async function kafkaArtifacts(): Promise<KafkaArtifacts> {
  const folder = cacheFolder();
  if (!existsSync(folder)) await makeArtifacts(folder);
  return {
    classPath: join(folder, 'jars', '*'),
    formatted: join(folder, 'formatted'),
    keyStore: join(folder, 'broker.p12'),
    certificate: readFileSync(join(folder, 'broker.pem'), 'utf8'),
  };
}

async function makeArtifacts(folder: string): Promise<void> {
  const temporary = `${folder}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const jars = join(temporary, 'jars');
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${jars}`,
  ]);
  await format(temporary, join(jars, '*'));
  await makeCertificate(temporary);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process was as quick.
    if (!existsSync(folder)) throw error;
  }
}

async function format(folder: string, classPath: string): Promise<void> {
  const settings = join(folder, 'format.properties');
  writeFileSync(
    settings,
    [
      'process.roles=broker,controller',
      'node.id=1',
      'controller.quorum.voters=1@127.0.0.1:9093',
      'controller.listener.names=CONTROLLER',
      'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
      `log.dirs=${join(folder, 'formatted')}`,
    ].join('\n'),
  );
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${testUser.username},password=${testUser.password}]`,
  ]);
  await run('java', [
    '-Xmx256m',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    settings,
    ...scram,
  ]);
}

async function makeCertificate(folder: string): Promise<void> {
  const store = ['-keystore', join(folder, 'broker.p12'), '-storepass', STORE_PASSWORD, '-alias', 'broker'];
  const names = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost'];
  await run('keytool', [
    '-genkeypair',
    ...store,
    '-storetype',
    'PKCS12',
    '-keyalg',
    'EC',
    '-validity',
    '3650',
    ...names,
  ]);
  await run('keytool', ['-exportcert', '-rfc', ...store, '-file', join(folder, 'broker.pem')]);
}

/** Runs a program to its end; throws with what it said when it fails. */
function run(program: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ended with ${code}: ${said.join('').trim().slice(-2_000)}`)),
    );
  });
}

/** Whether a Docker daemon answers. */
export const canUseDocker = (): boolean =>
  isOnPath('docker') && spawnSync('docker', ['version'], { timeout: 5_000, stdio: 'ignore' }).status === 0;
