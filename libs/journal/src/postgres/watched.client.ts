import type { Socket } from 'node:net';
import pg from 'pg';
import { ConnectionWatch, serverProcessOf, type Watched } from './connection.watch.js';

/** How long a connection may take to come about, in milliseconds. */
const CONNECTS = 5_000;
/** How often it is looked meanwhile: a process that was kept from hearing for so long hears the answer before it looks again. */
const LOOKS = 10;

/** After a minute the server, too, gives up a connection that was lost without a word, with its place and its locks. */
const KEEP_ALIVE =
  '-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60000';

/** One for all connections of the process: what is lost is lost for several. */
const watch = new ConnectionWatch();

/** Parts of the library that it does not declare. */
interface Internals {
  connection: { stream: Socket };
  /** False while an answer is awaited; absent before the first one. */
  readyForQuery?: boolean;
}

/** A client whose connection is given up within seconds when nothing will ever come on it any more. */
export class WatchedClient extends pg.Client {
  private readonly watched: Watched;

  constructor(config: pg.ClientConfig) {
    super({ ...withOptions(config, KEEP_ALIVE), keepAlive: true });
    this.watched = watchedOf(this, config);
    // Between the answer that opens it and whoever waits for that, nobody else listens; a query meets it all the same.
    this.on('error', () => undefined);
    this.once('connect', () => watch.add(this.watched));
    this.once('end', () => watch.remove(this.watched));
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<pg.Client> | void {
    let looks = 0;
    const looking = setInterval(() => {
      if (++looks === LOOKS) this.watched.cut('The database did not answer in time.');
    }, CONNECTS / LOOKS).unref();
    const over = () => clearInterval(looking);
    this.once('connect', over).once('end', over);
    if (!callback) return super.connect();
    super.connect(callback);
  }
}

/** What the URL itself says would take the place of what else is said. */
function withOptions(config: pg.ClientConfig, options: string): pg.ClientConfig {
  const { connectionString = '' } = config;
  const url = /[?&]options=/.test(connectionString) ? new URL(connectionString) : undefined;
  const all = [url?.searchParams.get('options'), config.options, options].filter(Boolean).join(' ');
  url?.searchParams.set('options', all);
  return { ...config, options: all, ...(url && { connectionString: url.toString() }) };
}

function watchedOf(client: pg.Client, config: pg.ClientConfig): Watched {
  const internals = client as unknown as Internals;
  const socket = () => internals.connection.stream;
  return {
    config,
    get serverProcess() {
      return serverProcessOf(client);
    },
    get received() {
      return socket().bytesRead;
    },
    get isWaiting() {
      return internals.readyForQuery === false;
    },
    get isPaused() {
      return socket().isPaused();
    },
    cut: (why) => socket().destroy(Object.assign(new Error(why), { code: 'ETIMEDOUT' })),
  };
}

export interface PoolSettings {
  /** What the server shows of its connections. */
  name: string;
  max: number;
  /** Of each session, e.g. `-c timezone=UTC`. */
  options?: string;
  /** Whether a connection sends statements without waiting for the answers to those before; it takes no queries of other libraries then. */
  pipeline?: boolean;
}

/** A pool of watched connections. Whatever breaks fails the query that meets it, never the process. */
export function openPool(url: string, { name, max, options, pipeline = false }: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    pipeline,
    application_name: `perennial ${name}`,
    ...(options && { options }),
    // The library constructs it with the pool's settings.
    Client: WatchedClient as unknown as new () => pg.ClientBase,
  });
  // An idle connection that breaks is replaced at its next use.
  pool.on('error', () => undefined);
  return pool;
}
