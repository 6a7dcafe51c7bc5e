import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@perennial/embedded-postgres';
import pg from 'pg';
import type { History } from '../history.js';

/** A commit waits for the disk, as where it matters. */
const SETTINGS = { max_connections: '600', shared_buffers: '128MB', fsync: 'on', max_wal_size: '1GB' };

/** A PostgreSQL server that things happen to; it comes back on the same port. */
export class PostgresServer {
  private server!: EmbeddedPostgres;
  private ended?: () => void;

  private constructor(
    readonly folder: string,
    private readonly history: History,
    private readonly settings: Record<string, string>,
  ) {}

  static async start(
    folder: string,
    history: History,
    settings: Record<string, string> = {},
  ): Promise<PostgresServer> {
    const started = new PostgresServer(folder, history, { ...SETTINGS, ...settings });
    await started.start();
    return started;
  }

  get pid(): number {
    return this.server.pid;
  }
  get port(): number {
    return this.server.port;
  }

  urlOf(database: string): string {
    return this.server.urlOf(database);
  }

  async start(): Promise<void> {
    this.server = await startEmbeddedPostgres({
      folder: this.folder,
      ...(this.server && { port: this.server.port }),
      settings: this.settings,
      onExit: (code) => {
        this.history.note(`PostgreSQL has ended (code ${code})`);
        this.ended?.();
      },
    });
    this.history.note(`PostgreSQL runs on port ${this.server.port}`);
  }

  /** `pg_ctl -m immediate`: no checkpoint, the next start recovers from the write-ahead log. */
  async crash(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.ended = resolve));
    this.history.note('PostgreSQL is stopped at once (SIGQUIT)');
    process.kill(this.server.pid, 'SIGQUIT');
    // One that hangs does not hear it.
    const timer = setTimeout(() => process.kill(this.server.pid, 'SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }

  /** Whether it accepts connections within so many milliseconds. */
  async answers(within: number): Promise<boolean> {
    for (const end = Date.now() + within; Date.now() < end;) {
      const answered = await this.maintain('select').then(
        () => true,
        () => false,
      );
      if (answered) return true;
      await sleep(200);
    }
    return false;
  }

  /** Resolves when it has ended by itself. */
  untilEnded(): Promise<void> {
    return new Promise((resolve) => (this.ended = resolve));
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  async createDatabase(name: string): Promise<string> {
    await this.maintain(`create database ${name}`);
    return this.urlOf(name);
  }

  /** Ends every connection to this server but our own. Answers how many there were. */
  async terminateConnections(): Promise<number> {
    const rows = await this.maintain(
      `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return rows;
  }

  private async maintain(statement: string): Promise<number> {
    const client = new pg.Client({ connectionString: this.urlOf('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    const { rowCount } = await client.query(statement);
    const closed = once(client, 'end');
    void client.end();
    await closed;
    return rowCount ?? 0;
  }
}
