import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStoreConnection } from './connection.js';
import type { Stored } from './event.record.js';

const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;
/** Listeners are called at least this often (milliseconds): they number what a process left that died before it did. */
const POLL = 2_000;

/**
 * Follows the stream of heads and tells listeners when one came: events have got their positions. Goes on when the
 * connection breaks. Signals are hints: a listener may be called for nothing.
 */
export class HeadsSignal {
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private following?: Promise<void>;
  private confirmed?: Promise<void>;
  private poll?: NodeJS.Timeout;

  constructor(
    private readonly store: EventStoreConnection,
    private readonly stream: string,
    private readonly learn: (mark: Stored) => void,
    private readonly pollEvery = POLL,
  ) {}

  /** Resolves when commits from now on are noticed; answers the function that stops it. */
  async listen(listener: () => void): Promise<() => Promise<void>> {
    this.listeners.add(listener);
    this.poll ??= setInterval(() => this.wake(), this.pollEvery).unref();
    this.confirmed ??= new Promise((resolve) => {
      this.following = this.follow(resolve);
    });
    await this.confirmed;
    return async () => {
      this.listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.listeners.clear();
    clearInterval(this.poll);
    await this.following;
  }

  private wake(): void {
    for (const listener of this.listeners) listener();
  }

  /** Never rejects: while there is no connection the poll goes on. `ready` is called after the first try. */
  private async follow(ready: () => void): Promise<void> {
    const { signal } = this.stopping;
    for (let pause = FIRST_RETRY; !signal.aborted; pause = Math.min(pause * 2, LAST_RETRY)) {
      const confirmed = () => {
        pause = FIRST_RETRY;
        ready();
        // Whatever was committed while nobody listened.
        this.wake();
      };
      await this.store
        .follow(this.stream, signal, confirmed, (mark) => this.heard(mark))
        .catch(() => undefined);
      ready();
      await pauseFor(pause, signal);
    }
  }

  private heard(mark: Stored): void {
    this.learn(mark);
    this.wake();
  }
}

const pauseFor = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);
