import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@perennial/embedded-postgres';
import pg from 'pg';
import { DATABASE_SETTINGS } from '../standalone.js';

/** The server that everything but the standalone is measured on: set up as the standalone's is. */
export interface BenchServer {
  version: string;
  /** Of the server's first process. */
  pid: number;
  /** Makes an empty database, or a copy of another to which nobody is connected. Answers its URL. */
  database(name: string, template?: string): Promise<string>;
  drop(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchServer(folder: string): Promise<BenchServer> {
  const own = join(folder, 'server');
  // PostgreSQL runs as another user under root and has to get through.
  mkdirSync(own, { mode: 0o755 });
  const server = await startEmbeddedPostgres({ folder: own, settings: DATABASE_SETTINGS });
  // However this process ends: a fast shutdown, which the server brings to its end by itself.
  const shutDown = () => process.kill(server.pid, 'SIGINT');
  process.on('exit', shutDown);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return {
    version: rows[0]?.server_version ?? '',
    pid: server.pid,
    async database(name, template) {
      await client.query(
        `create database ${name}${template ? ` template ${template} strategy file_copy` : ''}`,
      );
      return server.urlOf(name);
    },
    async drop(name) {
      await client.query(`drop database if exists ${name} with (force)`);
    },
    async stop() {
      await client.end();
      process.off('exit', shutDown);
      await server.stop();
    },
  };
}
