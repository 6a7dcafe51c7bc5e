import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedRequest, type SystemClient } from '../system/client.js';
import { Unreachable } from '../system/problem.js';
import type { Rejection } from './order-file.js';

export interface SenderOptions {
  client: Pick<SystemClient, 'send' | 'post'>;
  signal: AbortSignal;
  /** Source of what is rejected. */
  source: string;
  /** Requests under way at once. */
  inFlight?: number;
  /** Events of one request, at most. */
  batch?: number;
  /** For how long to try again when the system is away, in milliseconds. */
  patience?: number;
  /** Waits so many milliseconds. */
  wait?: (milliseconds: number) => Promise<unknown>;
}

interface Outcome {
  accepted: number;
  duplicates: number;
  rejected: { index: number; code: string; message: string }[];
}

/** Characters of one request, well below the 20 MiB that the collector takes. */
const LARGEST = 4_000_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;

/**
 * Sends events in batches, some at once, and what is rejected one by one. A request that fails is sent again
 * as it was: what had arrived is a duplicate then. After a failure nothing more is taken.
 */
export class Sender {
  accepted = 0;
  duplicates = 0;
  /** How many were rejected for each reason, by its code. */
  readonly rejected: Record<string, number> = {};
  private batch: string[] = [];
  private characters = 0;
  private readonly underWay = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;

  constructor(private readonly options: SenderOptions) {}

  /** Takes an event; waits while enough is under way. Throws what a request has failed with. */
  async event(event: object): Promise<void> {
    const text = JSON.stringify(event);
    if (this.characters + text.length > LARGEST) await this.flush();
    this.batch.push(text);
    this.characters += text.length;
    if (this.batch.length >= (this.options.batch ?? 500)) await this.flush();
  }

  async reject(rejection: Rejection): Promise<void> {
    const { client, source } = this.options;
    const filed = { origin: 'import', source, ...rejection };
    await this.start(async () => {
      await this.patiently(() => client.post('/api/collector/rejected', filed));
      this.count(rejection.code);
    });
  }

  /** Sends what is left and waits until all has arrived. */
  async finish(): Promise<void> {
    await this.flush();
    await this.settle();
    this.throwFailure();
  }

  /** Waits until nothing is under way, however it ends. */
  async settle(): Promise<void> {
    while (this.underWay.size) await Promise.all(this.underWay);
  }

  private async flush(): Promise<void> {
    const events = this.batch;
    if (events.length === 0) return;
    this.batch = [];
    this.characters = 0;
    await this.start(async () => {
      const outcome = await this.patiently(() =>
        this.options.client.send<Outcome>(
          '/events',
          `[${events.join(',')}]`,
          'application/cloudevents-batch+json',
        ),
      );
      this.accepted += outcome.accepted;
      this.duplicates += outcome.duplicates;
      for (const { code } of outcome.rejected) this.count(code);
    });
  }

  private async start(request: () => Promise<void>): Promise<void> {
    while (this.underWay.size >= (this.options.inFlight ?? 4)) await Promise.race(this.underWay);
    this.throwFailure();
    const running = request()
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }

  private count(code: string): void {
    this.rejected[code] = (this.rejected[code] ?? 0) + 1;
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.error;
  }

  /** Sends again, after longer and longer pauses, while the system is away or asks for a pause. */
  private async patiently<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    const {
      signal,
      patience = 120_000,
      wait = (ms: number) => sleep(ms, undefined, { signal }),
    } = this.options;
    let waited = 0;
    for (let pause = FIRST_WAIT; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
      try {
        return await request();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!passes(error) || waited >= patience) throw error;
        const asked = error instanceof RefusedRequest ? (error.retryAfter ?? 0) * 1000 : 0;
        const milliseconds = Math.max(pause, asked);
        waited += milliseconds;
        await wait(milliseconds);
      }
    }
  }
}

/** Whether it may go well a little later. */
const passes = (error: unknown): boolean =>
  error instanceof Unreachable ||
  (error instanceof RefusedRequest && [408, 425, 429, 502, 503, 504].includes(error.status));
