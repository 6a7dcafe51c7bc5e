import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryOf, type Memory } from './memory.bench.js';

/** A standalone that runs in another process, as `npm start` runs it. */
export class StandaloneUnderBench {
  private constructor(
    private readonly child: ChildProcess,
    private readonly data: string,
    readonly url: string,
    readonly databaseUrl: string,
  ) {}

  static async start(data: string): Promise<StandaloneUnderBench> {
    const program = fileURLToPath(new URL('./standalone-process.bench.js', import.meta.url));
    const memory = process.env.STANDALONE_NODE_MEMORY?.split(' ') ?? [];
    const child = fork(program, [data], { execArgv: ['--enable-source-maps', ...memory] });
    const [{ url, databaseUrl }] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`The standalone ended with ${code}.`))),
    ])) as [{ url: string; databaseUrl: string }];
    return new StandaloneUnderBench(child, data, url, databaseUrl);
  }

  memory(): Memory {
    const postmaster = readFileSync(join(this.data, 'postgres', 'postmaster.pid'), 'utf8').split('\n', 1)[0];
    return memoryOf(this.child.pid ?? 0, Number(postmaster));
  }

  async caughtUp(): Promise<void> {
    this.child.send('catch up');
    await once(this.child, 'message');
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
