import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openPool, WatchedClient } from './watched.client.js';

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
  private readonly sender: pg.Pool;
  private sending: Promise<void> | undefined;
  private raised = false;
  private receiver: pg.Client | undefined;
  private connecting: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private retryAfter = FIRST_RETRY;
  private poll: NodeJS.Timeout | undefined;
  private probing = false;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly options: SignalOptions = {},
  ) {
    this.sender = openPool(url, { name: 'journal notify', max: 1 });
  }

  /** Something was committed by this process. Never throws and never waits. */
  raise(): void {
    this.raised = true;
    if (!this.closed) this.sending ??= this.send().finally(() => (this.sending = undefined));
  }

  /** Calls back after commits. Resolves when commits from now on are noticed; answers the function that stops it. */
  async listen(listener: () => void): Promise<() => Promise<void>> {
    this.listeners.add(listener);
    this.poll ??= setInterval(() => {
      this.wake();
      void this.probe();
    }, this.options.pollEvery ?? 2_000).unref();
    if (!this.receiver) this.connecting ??= this.connect();
    await this.connecting;
    return async () => {
      this.listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    await this.sending;
    this.closed = true;
    this.listeners.clear();
    clearInterval(this.poll);
    clearTimeout(this.retry);
    await this.connecting;
    await Promise.all([this.receiver?.end(), this.sender.end()]);
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  /** Who only listens would not notice that nothing can come any more. */
  private async probe(): Promise<void> {
    if (this.probing) return;
    this.probing = true;
    await this.receiver?.query('select').catch(() => undefined);
    this.probing = false;
  }

  private async send(): Promise<void> {
    while (this.raised) {
      // Commits close to each other give one signal.
      await sleep(this.options.notifyEvery ?? 3);
      this.raised = false;
      this.wake();
      await this.sender.query(`select pg_notify('${CHANNEL}', '')`).catch(() => undefined);
    }
  }

  /** Never rejects: without a connection the poll goes on, and another connection is tried soon. */
  private async connect(): Promise<void> {
    clearTimeout(this.retry);
    const client = new WatchedClient({
      connectionString: this.url,
      application_name: 'perennial journal listen',
    });
    client.on('notification', () => this.wake());
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    this.receiver = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.retryAfter = FIRST_RETRY;
      // Whatever was committed while nobody listened.
      this.wake();
    } catch {
      this.lost(client);
    } finally {
      this.connecting = undefined;
    }
  }

  private lost(client: pg.Client): void {
    if (this.receiver !== client) return;
    this.receiver = undefined;
    client.end().catch(() => undefined);
    if (this.closed) return;
    this.retry = setTimeout(() => {
      this.connecting = this.connect();
    }, this.retryAfter).unref();
    this.retryAfter = Math.min(this.retryAfter * 2, LAST_RETRY);
  }
}
