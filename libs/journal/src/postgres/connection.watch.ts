import pg from 'pg';

/** How long a connection may say nothing, while an answer is awaited on it, before the server is asked about it. In milliseconds. */
const SILENCE = 2_000;
/** How often it is looked, and how long an answer that the server has given may take until it is here. */
const LOOK_EVERY = 500;
const OWN_ANSWER = 1_000;
/** How long the server may take to answer somebody new. */
const ANSWER = 2_000;

/** A connection as the watch sees it. */
export interface Watched {
  /** How the server is reached. */
  readonly config: pg.ClientConfig;
  /** Number of the server's process that serves it. */
  readonly serverProcess: number;
  /** Bytes that have come on it so far. */
  readonly received: number;
  /** Whether an answer is awaited. */
  readonly isWaiting: boolean;
  /** Whether whoever reads from it wants no more just now, as a slow reader of a COPY does. */
  readonly isPaused: boolean;
  /** Gives it up: whoever waits on it is told. */
  cut(why: string): void;
}

interface Heard {
  received: number;
  at: number;
  waitingSince?: number;
  /** The silence from which on it is asked about; the longer a statement takes, the less often. */
  patience: number;
}

type State = 'works' | 'waits for us' | 'is gone';

/**
 * A connection on which nothing comes any more looks the same whether its server works on a long statement or the way to
 * it is lost without a word (a firewall that forgot it, a machine that is gone), and the kernel notices the one after two
 * hours. So the server is asked on a new connection: whom it works for is waited for, as is a server that answers nobody. A
 * connection on which each of the two waits for the other is given up, and with it those that were not heard of for as
 * long. Whoever used them is told as with any connection that breaks.
 */
export class ConnectionWatch {
  private readonly heard = new Map<Watched, Heard>();
  private timer?: NodeJS.Timeout;
  private isAsking = false;

  add(connection: Watched): void {
    this.heard.set(connection, { received: connection.received, at: performance.now(), patience: SILENCE });
    this.timer ??= setInterval(() => void this.look(), LOOK_EVERY).unref();
  }

  remove(connection: Watched): void {
    this.heard.delete(connection);
    if (this.heard.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const now = performance.now();
    for (const [connection, heard] of this.heard) listen(connection, heard, now);
    if (this.isAsking) return;
    const doubtful = [...this.heard].find(
      ([, { waitingSince = now, patience }]) => now - waitingSince > patience,
    );
    if (!doubtful) return;
    this.isAsking = true;
    try {
      await this.judge(doubtful[0].config);
    } finally {
      this.isAsking = false;
    }
  }

  /** Asks the server about all of its connections that were silent for long enough. */
  private async judge(config: pg.ClientConfig): Promise<void> {
    const asked = performance.now();
    const silent = [...this.heard]
      .filter(
        ([connection, { at }]) =>
          isSameServer(connection.config, config) && asked - at > SILENCE && !connection.isPaused,
      )
      .map(([connection, heard]) => ({
        connection,
        heard,
        received: connection.received,
        // What was sent just now the server may not have seen yet.
        isOverdue: asked - (heard.waitingSince ?? asked) > SILENCE,
      }));
    const states = await statesOf(
      config,
      silent.map(({ connection }) => connection.serverProcess),
    );
    if (!states) return;
    const doubtful = silent.filter(({ connection, heard, isOverdue }) => {
      const isServed = states.get(connection.serverProcess) === 'works';
      if (isServed && isOverdue) heard.patience = 2 * (asked - heard.waitingSince!);
      return !isServed;
    });
    if (!doubtful.some(({ isOverdue }) => isOverdue)) return;
    await new Promise((resolve) => setTimeout(resolve, OWN_ANSWER).unref());
    const lost = doubtful.filter(({ connection, received }) => connection.received === received);
    if (!lost.some(({ isOverdue }) => isOverdue)) return;
    // Those on which nothing is awaited may be sound; they are cheap to replace where others are not.
    for (const { connection } of lost)
      connection.cut('The database answers others, but nothing comes on this connection.');
  }
}

function listen(connection: Watched, heard: Heard, now: number): void {
  const { received, isWaiting } = connection;
  if (received !== heard.received)
    Object.assign(heard, { received, at: now, waitingSince: undefined, patience: SILENCE });
  if (isWaiting) heard.waitingSince ??= now;
  else Object.assign(heard, { waitingSince: undefined, patience: SILENCE });
}

const isSameServer = (one: pg.ClientConfig, other: pg.ClientConfig): boolean =>
  one === other ||
  (['connectionString', 'host', 'port', 'user'] as const).every((name) => one[name] === other[name]);

interface Row {
  own: number;
  pid: number;
  is_gone: boolean;
  /** Null where we may not know. */
  state: string | null;
  wait_event: string | null;
}

/** What the server does for each of its processes; undefined when it does not answer, or can't tell. */
async function statesOf(
  config: pg.ClientConfig,
  processes: readonly number[],
): Promise<ReadonlyMap<number, State> | undefined> {
  const asking = new pg.Client({
    ...config,
    application_name: 'perennial watch',
    connectionTimeoutMillis: ANSWER,
    query_timeout: ANSWER,
  });
  asking.on('error', () => undefined);
  try {
    await asking.connect();
    const { rows } = await asking.query<Row>(
      `select pg_backend_pid() as own, pid, shown.datid is null and shown.state is null as is_gone, state, wait_event
         from unnest($1::integer[]) asked(pid) left join pg_stat_activity shown using (pid)`,
      [processes],
    );
    // A pooler in between numbers its connections itself.
    if (rows[0]?.own !== serverProcessOf(asking)) return undefined;
    return new Map(rows.map((row) => [row.pid, stateOf(row)]));
  } catch {
    return undefined;
  } finally {
    asking.end().catch(() => undefined);
  }
}

/** Of a connection that is copying to the server it can't be told who waits for whom. */
function stateOf({ is_gone: isGone, state, wait_event: event }: Row): State {
  if (isGone) return 'is gone';
  if (state?.startsWith('idle') || (state === 'active' && event === 'ClientWrite')) return 'waits for us';
  return 'works';
}

/** Number of the server's process behind a client; the library keeps it without declaring it. */
export const serverProcessOf = (client: pg.Client): number =>
  (client as unknown as { processID: number | null }).processID ?? 0;
