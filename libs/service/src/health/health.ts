import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Log } from '../logs/log.js';

/** Resolves when all is well, throws otherwise. */
export type HealthCheck = () => Promise<unknown>;

export interface Readiness {
  status: 'starting' | 'ready' | 'unready' | 'stopping';
  checks: Record<string, 'up' | 'down'>;
}

/** A check that takes longer counts as failed. Milliseconds. */
const patience = 2_000;
/** How often it is told that a check fails, in milliseconds: whoever asks does so every second. */
const TELL_EVERY = 60_000;

/** Whether this process should be sent work. Modules register what they need under a name. */
@Injectable()
export class Health {
  private readonly checks = new Map<string, HealthCheck>();
  /** When the failure of a check was told last. */
  private readonly told = new Map<string, number>();
  private phase: 'starting' | 'preparing' | 'running' | 'stopping' = 'starting';

  constructor(private readonly log: Log) {}

  /** Adds a check, e.g. `health.register('database', () => pool.query('select 1'))`. */
  register(name: string, check: HealthCheck) {
    this.checks.set(name, check);
  }

  /** It listens, but what it answers from is not ready. */
  preparing() {
    if (this.phase === 'starting') this.phase = 'preparing';
  }

  started() {
    if (this.phase !== 'stopping') this.phase = 'running';
  }

  get isPreparing(): boolean {
    return this.phase === 'preparing';
  }

  get isStopping(): boolean {
    return this.phase === 'stopping';
  }

  /** From now on not ready, so that nothing new is sent here. */
  stopping() {
    this.phase = 'stopping';
  }

  async readiness(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(
        async ([name, check]) => [name, (await this.passes(name, check)) ? 'up' : 'down'] as const,
      ),
    );
    const checks = Object.fromEntries(results);
    if (this.phase === 'stopping') return { status: 'stopping', checks };
    if (this.phase !== 'running') return { status: 'starting', checks };
    return { status: results.every(([, state]) => state === 'up') ? 'ready' : 'unready', checks };
  }

  /** Why a check failed is for the log: readiness is answered to anyone. */
  private async passes(name: string, check: HealthCheck): Promise<boolean> {
    const timer = new AbortController();
    try {
      await Promise.race([
        check(),
        sleep(patience, undefined, { signal: timer.signal }).then(() => {
          throw new Error(`no answer within ${patience} ms`);
        }),
      ]);
      return true;
    } catch (error) {
      this.tell(name, error);
      return false;
    } finally {
      timer.abort();
    }
  }

  private tell(check: string, error: unknown): void {
    const at = performance.now();
    if (at - (this.told.get(check) ?? -Infinity) < TELL_EVERY) return;
    this.told.set(check, at);
    const problem = error instanceof Error ? error.message : String(error);
    this.log.warn('health check failed', { check, problem }, 'health');
  }
}
