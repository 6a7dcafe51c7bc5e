import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { freePorts } from './free.ports.js';
import { kafkaArtifacts, STORE_PASSWORD, testUser, type KafkaArtifacts } from './kafka.artifacts.js';

export interface KafkaBrokerOptions {
  /** Where the broker keeps its log; made when missing. Started again on it, the broker goes on with what is there. */
  folder: string;
  /** Broker settings that differ, e.g. `{ 'log.retention.ms': '1000' }`. */
  settings?: Record<string, string>;
  /** What clients go through instead of the listener without TLS and SASL: told its port, it answers an address. */
  before?: (port: number) => Promise<string>;
  /** The process without which the broker must not live; this one if absent. */
  owner?: number;
  /** Of the JVM; few megabytes do for tests, measurements want the just-in-time compiler as well. */
  javaOptions?: string[];
}

/** The addresses of a broker's listeners, all on loopback: `127.0.0.1:port`. */
export interface KafkaAddresses {
  plaintext: string;
  /** SASL without TLS: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER (tokens without signature). */
  sasl: string;
  /** TLS, certified by `certificate`. */
  tls: string;
  certificate: string;
}

/** A broker of one's own: a real Apache Kafka in KRaft mode, to be stopped, killed, paused and started again. */
export interface KafkaBroker extends KafkaAddresses {
  /** `kafka://127.0.0.1:port`. */
  url: string;
  /** Of the JVM; undefined while it is not running. */
  readonly pid: number | undefined;
  /** Ends it in order (SIGTERM). */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): void;
  /** SIGCONT. */
  continue(): void;
  /** Starts it again, at the same addresses and with the same data; stops it before, if it runs. */
  restart(): Promise<void>;
}

const JAVA_OPTIONS = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Somebody else was quicker at a port that was free. */
const TAKEN = /Address already in use/;

/** Starts a broker from Maven's artifacts; resolves when it answers. */
export async function startKafkaBroker(options: KafkaBrokerOptions): Promise<KafkaBroker> {
  for (let tries = 1; ; tries++)
    try {
      return await startOnFreePorts(options);
    } catch (error) {
      if (tries === 3 || !TAKEN.test(String(error))) throw error;
    }
}

async function startOnFreePorts(options: KafkaBrokerOptions): Promise<KafkaBroker> {
  const artifacts = await kafkaArtifacts();
  const [plaintext, controller, sasl, tls] = await freePorts(4);
  const ports = { plaintext: plaintext!, controller: controller!, sasl: sasl!, tls: tls! };
  const data = join(options.folder, 'log');
  mkdirSync(options.folder, { recursive: true });
  if (!existsSync(data)) cpSync(artifacts.formatted, data, { recursive: true });
  const settings = join(options.folder, 'server.properties');
  const told = (await options.before?.(ports.plaintext)) ?? `127.0.0.1:${ports.plaintext}`;
  const properties = { ...propertiesOf(ports, told, data, artifacts), ...options.settings };
  writeFileSync(
    settings,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  const jvm = new Jvm(options, artifacts, settings, told);
  await jvm.start();
  return {
    url: `kafka://${told}`,
    plaintext: told,
    sasl: `127.0.0.1:${ports.sasl}`,
    tls: `127.0.0.1:${ports.tls}`,
    certificate: artifacts.certificate,
    get pid() {
      return jvm.pid;
    },
    stop: () => jvm.end('SIGTERM'),
    kill: () => jvm.end('SIGKILL'),
    pause: () => jvm.signal('SIGSTOP'),
    continue: () => jvm.signal('SIGCONT'),
    async restart() {
      await jvm.end('SIGTERM');
      await jvm.start();
    },
  };
}

type Ports = Record<'plaintext' | 'controller' | 'sasl' | 'tls', number>;

const propertiesOf = (
  ports: Ports,
  told: string,
  data: string,
  { keyStore }: KafkaArtifacts,
): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  listeners: `PLAINTEXT://127.0.0.1:${ports.plaintext},CONTROLLER://127.0.0.1:${ports.controller},SASL://127.0.0.1:${ports.sasl},TLS://127.0.0.1:${ports.tls}`,
  'advertised.listeners': `PLAINTEXT://${told},SASL://127.0.0.1:${ports.sasl},TLS://127.0.0.1:${ports.tls}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL',
  'log.dirs': data,
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'auto.create.topics.enable': 'false',
  // One that was killed may come back before it counts as gone.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '500',
  'log.retention.check.interval.ms': '500',
  'log.initial.task.delay.ms': '500',
  // An index is a mapped file, ten megabytes of zeros at first, of which the kernel reads far ahead: for the 64 partitions of
  // a new topic that took two seconds of a processor.
  'log.index.size.max.bytes': String(1 << 20),
  'log.segment.delete.delay.ms': '500',
  'file.delete.delay.ms': '500',
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
  'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${testUser.username}="${testUser.password}";`,
  'listener.name.sasl.scram-sha-256.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.sasl.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'listener.name.sasl.oauthbearer.sasl.jaas.config':
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
  'listener.name.tls.ssl.keystore.type': 'PKCS12',
  'listener.name.tls.ssl.keystore.location': keyStore,
  'listener.name.tls.ssl.keystore.password': STORE_PASSWORD,
});

/** The broker's process. */
class Jvm {
  private process?: ChildProcess;
  private exited: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: KafkaBrokerOptions,
    private readonly artifacts: KafkaArtifacts,
    private readonly settings: string,
    private readonly address: string,
  ) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  async start(): Promise<void> {
    const log = join(this.options.folder, 'kafka.log');
    const before = existsSync(log) ? statSync(log).size : 0;
    const output = openSync(log, 'a');
    const java = spawn(
      'java',
      [
        ...JAVA_OPTIONS,
        ...(this.options.javaOptions ?? []),
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
        '-cp',
        this.artifacts.classPath,
        'kafka.Kafka',
        this.settings,
      ],
      // A process group of its own: Ctrl-C on the terminal reaches us alone.
      { detached: true, stdio: ['ignore', output, output] },
    );
    this.process = java;
    this.exited = new Promise((resolve) =>
      java.once('exit', () => {
        this.process = undefined;
        resolve();
      }),
    );
    this.watch(java);
    java.unref();
    for (const end = Date.now() + 60_000; !(await answers(this.address));) {
      if (!this.process || Date.now() > end) {
        await this.end('SIGKILL');
        const said = readFileSync(log).subarray(before).toString().trim();
        const reason = TAKEN.exec(said)?.[0] ?? '';
        throw new Error(`Kafka did not start: ${reason} ${said.slice(-2_000)}`);
      }
      await sleep(100);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.process?.kill(name);
  }

  async end(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.signal(name);
    // One that was paused hears it only afterwards.
    this.signal('SIGCONT');
    await this.exited;
  }

  /** A run that is killed leaves no broker behind. */
  private watch({ pid }: ChildProcess): void {
    const owner = this.options.owner ?? process.pid;
    spawn(
      'sh',
      [
        '-c',
        `while kill -0 ${owner} && kill -0 ${pid}; do sleep 1; done 2>/dev/null; kill -KILL ${pid} 2>/dev/null`,
      ],
      { detached: true, stdio: 'ignore' },
    ).unref();
  }
}

/** Whether the broker tells its topics. */
export async function answers(address: string): Promise<boolean> {
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.listTopics();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
