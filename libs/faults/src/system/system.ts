import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from '@perennial/journal';
import { startKafkaBroker, TcpProxy, type KafkaBroker } from '@perennial/testing';
import pg from 'pg';
import type { History } from '../history.js';
import { Namespace } from './namespace.js';
import { PostgresServer } from './postgres-server.js';
import { ServiceProcess } from './service-process.js';
import type { Trap } from './trap.preload.js';

/** The services that keep read models, each in its schema. */
export const READING = ['acquisition', 'interactions', 'retention', 'recommendations'] as const;
export type Reading = (typeof READING)[number];
export type ServiceName = Reading | 'collector';
export const isServiceName = (name: string): name is ServiceName =>
  name === 'collector' || (READING as readonly string[]).includes(name);
export type Replicas = Partial<Record<ServiceName, number>>;

/** What the services stand on. */
export type Engine = 'postgres' | 'kafka';

/** What a system is made of beside its services. */
export interface Layout {
  /** Settings of the database server. */
  postgres?: Record<string, string>;
  /** Whether the journal has a server of its own. */
  journalApart?: boolean;
  /** What a proxy stands before, as the services see it. */
  proxied?: Engine;
  /** Whether there is a network in which single processes can be put, and which can be cut off. */
  separable?: boolean;
  /** Whose disk is a small one, and of how many megabytes. */
  disk?: { of: Engine; megabytes: number };
}

export interface SystemOptions extends Layout {
  folder: string;
  history: History;
  replicas: Replicas;
  stream: 'postgres' | 'kafka';
}

export interface StartOptions {
  /** Where it is to fall, once. */
  trap?: Trap;
  environment?: Record<string, string>;
  /** Whether it is put into the network that can be cut off. */
  apart?: boolean;
}

/** How far a service has applied each shard, and how far the journal goes. */
export interface Positions {
  journal: Map<number, number>;
  applied: Map<Reading, Map<number, number>>;
}

/**
 * Services in processes of their own on one PostgreSQL. A process that ends though nobody has stopped it is
 * started again, as a container platform does.
 */
export class System {
  readonly processes: ServiceProcess[] = [];
  /** Environment of every process that is started from now on. */
  readonly environment: Record<string, string> = {};
  readonly masterKey = randomBytes(32).toString('base64');
  postgres!: PostgresServer;
  /** Where the journal has a server of its own. */
  journalServer?: PostgresServer;
  journalUrl!: string;
  /** The harness's own view of the journal. */
  journalPool!: pg.Pool;
  proxy?: TcpProxy;
  network?: Namespace;
  /** The ways into the network that can be cut off, and out of it. */
  private readonly ways: TcpProxy[] = [];
  /** Where the stream is Kafka. */
  kafka?: KafkaBroker;
  /** The harness's own view of the database. */
  pool!: pg.Pool;
  databaseUrl!: string;
  /** Processes that have ended though nobody has ended them, since this was asked last. */
  private fallen: string[] = [];
  private readonly started = new Map<string, number>();
  private closing = false;

  private constructor(private readonly options: SystemOptions) {}

  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options);
    try {
      await system.open();
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  get history(): History {
    return this.options.history;
  }

  get folder(): string {
    return this.options.folder;
  }

  /** Read-model services that run here. */
  get reading(): Reading[] {
    return READING.filter((name) => (this.options.replicas[name] ?? 0) > 0);
  }

  of(service: ServiceName): ServiceProcess[] {
    return this.processes.filter((process) => process.service === service && process.isAlive);
  }

  /** Starts one more process of a service; resolves when it listens, or when its trap has closed on the way there. */
  async add(service: ServiceName, { trap, environment, apart }: StartOptions = {}): Promise<ServiceProcess> {
    const number = (this.started.get(service) ?? 0) + 1;
    this.started.set(service, number);
    const name = `${service} ${number}`;
    const within = apart ? await this.wayInto(name) : undefined;
    const url = this.reached(this.databaseUrl, within && this.network?.ours);
    const journalUrl = this.journalServer ? this.journalUrl : url;
    const process = new ServiceProcess({
      service,
      name,
      history: this.history,
      within,
      log: join(this.folder, 'logs', `${name.replace(' ', '-')}.log`),
      environment: {
        JOURNAL_URL: journalUrl,
        STREAM_URL: this.kafka?.url ?? journalUrl,
        DATABASE_URL: url,
        MASTER_KEY: this.masterKey,
        ...within?.environment,
        ...this.environment,
        ...environment,
        ...(trap && { TRAP: JSON.stringify(trap) }),
      },
    });
    this.processes.push(process);
    this.supervise(process);
    await Promise.race([
      process.untilStarted().catch(async (error: unknown) => {
        if (!trap || process.isAlive || (await process.ended).signal !== trap.signal) throw error;
      }),
      ...(trap?.signal === 'SIGSTOP' ? [process.untilStopped()] : []),
    ]);
    return process;
  }

  /** Stops a process in order. Answers its exit code. */
  async remove(process: ServiceProcess): Promise<number | null> {
    this.processes.splice(this.processes.indexOf(process), 1);
    process.signal('SIGTERM');
    return (await process.ended).code;
  }

  /** What has ended by itself since this was asked last: being started again hides it from whoever asks for rows. */
  takeFallen(): string[] {
    return this.fallen.splice(0);
  }

  /** Everything that should run does, and is ready. */
  async isReady(): Promise<boolean> {
    const wanted = Object.entries(this.options.replicas);
    if (wanted.some(([name, count]) => this.of(name as ServiceName).length < count)) return false;
    return (await Promise.all(this.processes.map((process) => process.isReady()))).every(Boolean);
  }

  /** Where the journal and the services stand. */
  async positions(): Promise<Positions> {
    const { rows: heads } = await this.journalPool.query<{ shard: number; position: string }>(
      'select shard, max(position) as position from journal.event group by shard',
    );
    const journal = new Map(heads.map(({ shard, position }) => [shard, Number(position)]));
    const applied = new Map<Reading, Map<number, number>>();
    for (const service of this.reading) {
      const { rows } = await this.pool.query<{ shard: number; position: string }>(
        `select shard, position from ${service}_tables.cursor where consumer = $1`,
        [service],
      );
      applied.set(service, new Map(rows.map(({ shard, position }) => [shard, Number(position)])));
    }
    return { journal, applied };
  }

  /** How many events of `journal` (absent: of the journal as it is now) the services have not applied. */
  async backlog(journal?: ReadonlyMap<number, number>): Promise<number> {
    const now = await this.positions();
    let behind = 0;
    for (const applied of now.applied.values())
      for (let shard = 0; shard < SHARDS; shard++)
        behind += Math.max(0, ((journal ?? now.journal).get(shard) ?? 0) - (applied.get(shard) ?? 0));
    return behind;
  }

  /** Starts what a fault has removed of a service. */
  async restore(service: ServiceName): Promise<void> {
    const missing = (this.options.replicas[service] ?? 0) - this.of(service).length;
    for (let times = missing; times > 0; times--) await this.add(service);
  }

  /** Processes of a service beyond those that it should have go; the supervisor may have started too many. */
  async trim(): Promise<void> {
    for (const [name, count] of Object.entries(this.options.replicas))
      for (const process of this.of(name as ServiceName).slice(count)) await this.remove(process);
  }

  async stop(): Promise<void> {
    this.closing = true;
    for (const process of this.processes) {
      process.signal('SIGCONT');
      process.signal('SIGKILL');
    }
    await Promise.all(this.processes.map(({ ended }) => ended));
    await Promise.all([this.pool, this.journalPool].map((pool) => pool?.end().catch(() => undefined)));
    this.proxy?.close();
    this.ways.forEach((way) => way.close());
    this.network?.close();
    this.kafka?.continue();
    await this.kafka?.kill();
    await this.postgres?.stop();
    await this.journalServer?.stop();
    if (this.options.disk) spawnSync('umount', ['-l', join(this.folder, this.options.disk.of)]);
  }

  private reached(url: string, hostname?: string): string {
    if (hostname) return Object.assign(new URL(url), { hostname }).toString();
    if (!this.proxy || this.options.proxied !== 'postgres') return url;
    return Object.assign(new URL(url), { port: String(this.proxy.port) }).toString();
  }

  /** A process in the network that can be cut off is reached through a file, so that it is reached then, too. */
  private async wayInto(name: string) {
    const door = join(this.folder, `${name.replace(' ', '-')}.door`);
    const way = await TcpProxy.to(door);
    this.ways.push(way);
    return {
      enter: this.network?.enter ?? [],
      url: `http://127.0.0.1:${way.port}`,
      environment: { DOOR: door, PORT: '8080' },
    };
  }

  /** A port of loopback that is reached at another address of ours, too. Answers that address. */
  private async wayTo(port: number, host: string): Promise<string> {
    this.ways.push(await TcpProxy.to(port, host, port));
    return `${host}:${port}`;
  }

  private async open(): Promise<void> {
    const { folder, history, postgres, replicas, stream, journalApart, proxied, disk, separable } =
      this.options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    if (disk) {
      const at = join(folder, disk.of);
      mkdirSync(at, { recursive: true });
      spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${disk.megabytes}m,mode=700`, 'tmpfs', at]);
    }
    this.postgres = await PostgresServer.start(folder, history, postgres);
    this.databaseUrl = await this.postgres.createDatabase('perennial');
    if (journalApart) {
      mkdirSync(join(folder, 'journal'), { recursive: true, mode: 0o755 });
      this.journalServer = await PostgresServer.start(join(folder, 'journal'), history);
    }
    this.journalUrl = this.journalServer
      ? await this.journalServer.createDatabase('journal')
      : this.databaseUrl;
    if (separable) {
      this.network = await Namespace.open();
      await this.wayTo(this.postgres.port, this.network.ours);
    }
    if (proxied === 'postgres') this.proxy = await TcpProxy.to(this.postgres.port);
    if (stream === 'kafka')
      this.kafka = await startKafkaBroker({
        folder: join(folder, 'kafka'),
        ...(proxied === 'kafka' && {
          before: async (port) => `127.0.0.1:${(this.proxy = await TcpProxy.to(port)).port}`,
        }),
        ...(this.network && { before: (port) => this.wayTo(port, this.network!.ours) }),
      });
    this.pool = poolOf(this.databaseUrl);
    this.journalPool = poolOf(this.journalUrl);
    // All at once: of each service one makes the tables, the others wait.
    await Promise.all(
      Object.entries(replicas).flatMap(([name, count]) =>
        Array.from({ length: count }, () => this.add(name as ServiceName)),
      ),
    );
  }

  private supervise(process: ServiceProcess): void {
    void process.ended.then(async ({ code }) => {
      const index = this.processes.indexOf(process);
      if (this.closing || index < 0) return;
      this.processes.splice(index, 1);
      // One that has not listened yet may find nothing to stand on; a signal came from the fault.
      if (code !== null && process.url !== undefined && !process.mayFall)
        this.fallen.push(
          `${process.name} has ended by itself (code ${code}): ${process.output.slice(-40).join('\n')}`,
        );
      await sleep(300);
      if (!this.closing) await this.add(process.service as ServiceName).catch(() => undefined);
    });
  }
}

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 8 });
  pool.on('error', () => undefined);
  return pool;
}
