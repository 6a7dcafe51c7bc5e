import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Runner } from '../runner/runner.js';

/** The runners of this process, by their service's schema. */
@Injectable()
export class RunnerRegistry implements BeforeApplicationShutdown {
  private readonly runners = new Map<string, Runner>();
  /** Further numbers that the status shows, by name: whoever has them says how to get them. */
  readonly counts = new Map<string, () => Promise<number>>();

  /** What else can keep events from coming, by name; whoever knows says why, while it does. */
  readonly problems = new Map<string, () => string | undefined>();

  /** Where the events come from: whoever knows says how to ask. */
  sources: () => Promise<string[]> = async () => [];

  add(runner: Runner): void {
    this.runners.set(runner.options.models.schema, runner);
  }

  get all(): Runner[] {
    return [...this.runners.values()];
  }

  of(schema: string): Runner | undefined {
    return this.runners.get(schema);
  }

  /**
   * Others get the shards before running requests end and the port closes, which may take as long as a client likes: Nest
   * closes its transports only after that.
   */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.all.map((runner) => runner.stop()));
  }

  /** Resolves when every service has applied all that is in the journal, with the decisions that follow. */
  async caughtUp(timeout?: number): Promise<void> {
    // A decision of one service is an event for the others: after the last one has caught up, look again.
    for (let settled = false; !settled;) {
      for (const runner of this.all) await runner.caughtUp(timeout);
      settled = (await Promise.all(this.all.map((runner) => runner.backlog()))).every(
        (backlog) => backlog === 0,
      );
    }
  }
}
