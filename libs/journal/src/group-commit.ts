import type { Append, AppendResult } from './journal.port.js';

/** The journal has more waiting than it can hold; ask again later (HTTP: 503 with Retry-After). */
export class JournalBusy extends Error {
  constructor() {
    super('The journal has too many events waiting to be committed; try again later.');
  }
}

export interface GroupCommitOptions {
  /** Writes all appends in one commit. */
  commit(appends: readonly Append[]): Promise<AppendResult[]>;
  /** Whether an error lies in the events themselves, so that their neighbours can still be written. */
  isFaultOfEvents(error: unknown): boolean;
  /** Commits at the same time. */
  lanes: number;
  /** Milliseconds that an append waits for company while a lane is free. */
  maxDelay?: number;
  /** Events that make a commit start without waiting. A single call may hold more. */
  maxEvents?: number;
  /**
   * Bytes of data that are committed together, about (default 64 MiB): what many callers bring at once shall fit into
   * one message to the database (PostgreSQL: 1 GiB), and into memory. A single call may hold more.
   */
  maxBytes?: number;
  /** Events that may wait before `JournalBusy` is thrown. A call that finds the queue empty is always taken. */
  maxWaiting?: number;
}

interface Call {
  appends: readonly Append[];
  events: number;
  bytes: number;
  resolve(results: AppendResult[]): void;
  reject(error: unknown): void;
}

/**
 * Collects calls that come at the same time and commits them together. While nothing is being committed a call
 * goes at once; while something is, calls gather until a commit ends, `maxDelay` has passed or `maxEvents` are
 * together. Each caller gets its own results; an error of the commit reaches every caller in it, except that
 * events which the database can't store fail only the call that brought them.
 */
export class GroupCommit {
  private queue: Call[] = [];
  private waiting = 0;
  private running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private readonly maxDelay: number;
  private readonly maxEvents: number;
  private readonly maxBytes: number;
  private readonly maxWaiting: number;

  constructor(private readonly options: GroupCommitOptions) {
    this.maxDelay = options.maxDelay ?? 5;
    this.maxEvents = options.maxEvents ?? 1_000;
    this.maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.maxWaiting = options.maxWaiting ?? 50_000;
  }

  /** Throws `JournalBusy` at once when the queue is full; otherwise resolves after the commit. */
  append(appends: readonly Append[]): Promise<AppendResult[]> {
    const events = appends.reduce((sum, append) => sum + append.events.length, 0);
    if (this.waiting > 0 && this.waiting + events > this.maxWaiting) return Promise.reject(new JournalBusy());
    return new Promise((resolve, reject) => {
      this.queue.push({ appends, events, bytes: bytesOf(appends), resolve, reject });
      this.waiting += events;
      if (this.waiting >= this.maxEvents) this.start();
      else this.timer ??= setTimeout(() => this.start(), this.running.size === 0 ? 0 : this.maxDelay);
    });
  }

  /** Resolves when everything that was waiting is committed. */
  async drain(): Promise<void> {
    while (this.queue.length > 0 || this.running.size > 0) {
      this.start();
      await Promise.all(this.running);
    }
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.queue.length > 0 && this.running.size < this.options.lanes) {
      const lane = this.commit(this.take()).finally(() => {
        this.running.delete(lane);
        this.start();
      });
      this.running.add(lane);
    }
  }

  private take(): Call[] {
    let [events, bytes, calls] = [0, 0, 0];
    for (const call of this.queue) {
      const isFull = events + call.events > this.maxEvents || bytes + call.bytes > this.maxBytes;
      if (calls > 0 && isFull) break;
      events += call.events;
      bytes += call.bytes;
      calls++;
    }
    this.waiting -= events;
    return this.queue.splice(0, calls);
  }

  private async commit(calls: Call[]): Promise<void> {
    try {
      const results = await this.options.commit(calls.flatMap(({ appends }) => appends));
      let start = 0;
      for (const call of calls) call.resolve(results.slice(start, (start += call.appends.length)));
    } catch (error) {
      if (calls.length === 1 || !this.options.isFaultOfEvents(error)) {
        for (const call of calls) call.reject(error);
        return;
      }
      const middle = calls.length >> 1;
      await this.commit(calls.slice(0, middle));
      await this.commit(calls.slice(middle));
    }
  }
}

/** About: JSON is ASCII for the most part. */
const bytesOf = (appends: readonly Append[]): number =>
  appends.reduce((sum, { events }) => events.reduce((bytes, { data }) => bytes + data.length, sum), 0);
