import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from '@perennial/journal';
import pg from 'pg';
import type { History } from '../history.js';
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

export interface SystemOptions {
  folder: string;
  history: History;
  replicas: Replicas;
  /** Settings of the database server. */
  postgres?: Record<string, string>;
  /** Environment of every service. */
  environment?: Record<string, string>;
  /** The address that services reach the database at, when it is not the database's own, e.g. a proxy. */
  reachedAt?: (url: string) => Promise<string>;
}

export interface StartOptions {
  /** Where it is to fall, once. */
  trap?: Trap;
  environment?: Record<string, string>;
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
  readonly environment: Record<string, string>;
  readonly masterKey = randomBytes(32).toString('base64');
  postgres!: PostgresServer;
  /** The harness's own view of the database. */
  pool!: pg.Pool;
  databaseUrl!: string;
  private readonly started = new Map<string, number>();
  private closing = false;

  private constructor(private readonly options: SystemOptions) {
    this.environment = { ...options.environment };
  }

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

  /** Starts one more process of a service; resolves when it listens. */
  async add(service: ServiceName, { trap, environment }: StartOptions = {}): Promise<ServiceProcess> {
    const number = (this.started.get(service) ?? 0) + 1;
    this.started.set(service, number);
    const name = `${service} ${number}`;
    const url = (await this.options.reachedAt?.(this.databaseUrl)) ?? this.databaseUrl;
    const process = new ServiceProcess({
      service,
      name,
      history: this.history,
      log: join(this.folder, 'logs', `${name.replace(' ', '-')}.log`),
      environment: {
        JOURNAL_URL: url,
        STREAM_URL: url,
        DATABASE_URL: url,
        MASTER_KEY: this.masterKey,
        ...this.environment,
        ...environment,
        ...(trap && { TRAP: JSON.stringify(trap) }),
      },
    });
    this.processes.push(process);
    this.supervise(process);
    await process.untilListening();
    return process;
  }

  /** Stops a process in order. Answers its exit code. */
  async remove(process: ServiceProcess): Promise<number | null> {
    this.processes.splice(this.processes.indexOf(process), 1);
    process.signal('SIGTERM');
    return (await process.ended).code;
  }

  /** Everything that should run does, and is ready. */
  async isReady(): Promise<boolean> {
    const wanted = Object.entries(this.options.replicas);
    if (wanted.some(([name, count]) => this.of(name as ServiceName).length < count)) return false;
    return (await Promise.all(this.processes.map((process) => process.isReady()))).every(Boolean);
  }

  /** Where the journal and the services stand. */
  async positions(): Promise<Positions> {
    const { rows: heads } = await this.pool.query<{ shard: number; position: string }>(
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

  async stop(): Promise<void> {
    this.closing = true;
    for (const process of this.processes) {
      process.signal('SIGCONT');
      process.signal('SIGKILL');
    }
    await Promise.all(this.processes.map(({ ended }) => ended));
    await this.pool?.end().catch(() => undefined);
    await this.postgres?.stop();
  }

  private async open(): Promise<void> {
    const { folder, history, postgres, replicas } = this.options;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    this.postgres = await PostgresServer.start(folder, history, postgres);
    this.databaseUrl = await this.postgres.createDatabase('perennial');
    this.pool = new pg.Pool({ connectionString: this.databaseUrl, max: 8 });
    this.pool.on('error', () => undefined);
    // The first of each service makes the tables; all at once is a test of its own.
    await Promise.all(
      Object.entries(replicas).flatMap(([name, count]) =>
        Array.from({ length: count }, () => this.add(name as ServiceName)),
      ),
    );
  }

  private supervise(process: ServiceProcess): void {
    void process.ended.then(async () => {
      const index = this.processes.indexOf(process);
      if (this.closing || index < 0) return;
      this.processes.splice(index, 1);
      await sleep(300);
      if (!this.closing) await this.add(process.service as ServiceName).catch(() => undefined);
    });
  }
}
