import pg from 'pg';

const CHANNEL = 'perennial_journal';
const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;

export interface SignalOptions {
  /** At most one NOTIFY in so many milliseconds. */
  notifyEvery?: number;
  /** Listeners are called at least this often (milliseconds), so that a lost notification only delays. */
  pollEvery?: number;
}

/**
 * Tells readers, in this process and in others, that something was committed. It runs on connections of its own:
 * a NOTIFY inside an append's transaction would serialise all commits. Signals are hints: several commits may give
 * one, and a listener may be called for nothing.
 */
export class AppendedSignal {
  private readonly listeners = new Set<() => void>();
  private connection: pg.Client | undefined;
  private connecting: Promise<void> | undefined;
  private notifying = Promise.resolve();
  private listening = false;
  private retry: NodeJS.Timeout | undefined;
  private retryAfter = FIRST_RETRY;
  private poll: NodeJS.Timeout | undefined;
  private pending: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly options: SignalOptions = {},
  ) {}

  /** Something was committed by this process. Never throws and never waits. */
  raise(): void {
    if (this.pending || this.closed) return;
    this.pending = setTimeout(() => {
      this.pending = undefined;
      this.wake();
      void this.notify();
    }, this.options.notifyEvery ?? 3);
  }

  /** Calls back after commits. Resolves when commits from now on are noticed; answers the function that stops it. */
  async listen(listener: () => void): Promise<() => Promise<void>> {
    this.listeners.add(listener);
    this.listening = true;
    this.poll ??= setInterval(() => this.wake(), this.options.pollEvery ?? 2_000).unref();
    await (this.notifying = this.notifying.then(() => this.connect()));
    return async () => {
      this.listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
    clearInterval(this.poll);
    clearTimeout(this.retry);
    if (this.pending) {
      clearTimeout(this.pending);
      await this.notify();
    }
    await this.connecting;
    await this.connection?.end().catch(() => undefined);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  /** One query at a time: pg does not queue them. */
  private notify(): Promise<void> {
    this.notifying = this.notifying.then(async () => {
      await this.connect();
      await this.connection?.query(`select pg_notify('${CHANNEL}', '')`).catch(() => undefined);
    });
    return this.notifying;
  }

  /** Never rejects: without a connection the poll goes on, and a listener's connection is tried again. */
  private connect(): Promise<void> {
    if (this.connection && !this.listening) return Promise.resolve();
    this.connecting ??= this.open().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async open(): Promise<void> {
    const client =
      this.connection ??
      new pg.Client({
        connectionString: this.url,
        application_name: 'perennial journal signal',
        keepAlive: true,
      });
    try {
      if (client !== this.connection) {
        client.on('error', () => this.lost(client));
        client.on('end', () => this.lost(client));
        await client.connect();
        this.connection = client;
      }
      if (this.listening && client.listenerCount('notification') === 0) {
        client.on('notification', () => this.wake());
        await client.query(`listen ${CHANNEL}`);
        // Whatever was committed while nobody listened.
        this.wake();
      }
      this.retryAfter = FIRST_RETRY;
    } catch {
      client.end().catch(() => undefined);
      this.lost(client);
    }
  }

  private lost(client: pg.Client): void {
    if (this.connection === client) this.connection = undefined;
    if (this.closed || !this.listening) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), this.retryAfter).unref();
    this.retryAfter = Math.min(this.retryAfter * 2, LAST_RETRY);
  }
}
