import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Runner } from '../runner/runner.js';

/**
 * The stream as a Nest transport: `startAllMicroservices` starts consuming, `close` drains, if RunnerRegistry has not. Handlers are
 * the read models' projections and policies rather than methods, because they are given batches.
 */
export class StreamServer extends Server implements CustomTransportStrategy {
  override transportId = Symbol('perennial stream');
  constructor(private readonly runner: Runner) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.runner.start().then(() => {
      callback();
    }, callback);
  }

  async close(): Promise<void> {
    await this.runner.stop();
  }

  on(): never {
    throw new Error('The stream has no events of its own to listen to.');
  }

  unwrap<Result>(): Result {
    return this.runner as Result;
  }
}
