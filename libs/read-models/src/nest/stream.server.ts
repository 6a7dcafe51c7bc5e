import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Runner } from '../runner/runner.js';

/**
 * The stream as a Nest transport: `startAllMicroservices` starts consuming, `close` drains. Handlers are
 * the read models' projections and policies rather than methods, because they are given batches.
 */
export class StreamServer extends Server implements CustomTransportStrategy {
  override transportId = Symbol('perennial stream');
  private starting: Promise<void> = Promise.resolve();

  constructor(private readonly runner: Runner) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.starting = this.runner.start();
    this.starting.then(() => {
      callback();
    }, callback);
  }

  async close(): Promise<void> {
    // A runner that is stopped before it has joined would join afterwards, and keep its shards from others.
    await this.starting.catch(() => undefined);
    await this.runner.stop();
  }

  on(): never {
    throw new Error('The stream has no events of its own to listen to.');
  }

  unwrap<Result>(): Result {
    return this.runner as Result;
  }
}
