import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { History } from '../history.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const preload = fileURLToPath(new URL('../../dist/system/trap.preload.js', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  service: string;
  /** Name in the history, e.g. `retention 2`. */
  name: string;
  environment: Record<string, string>;
  /** File that its output goes to. */
  log: string;
  history: History;
  /** The network that it is in, if not ours, and how it is reached there. */
  within?: { enter: string[]; url: string };
}

/** One service in a process of its own, as `npm run service` starts it. */
export class ServiceProcess {
  readonly ended: Promise<Ended>;
  /** Where it listens, once it does. */
  url?: string;
  /** Whether a fault is to make it fall, however that ends it. */
  mayFall = false;
  /** The last lines of its output. */
  readonly output: string[] = [];
  private over = false;
  private stopped = false;
  private readonly child: ChildProcess;
  private readonly hasStarted: Promise<void>;

  constructor(private readonly options: ProcessOptions) {
    const { service, environment, history, name, within } = options;
    const [program, ...given] = [...(within?.enter ?? []), process.execPath];
    this.child = spawn(
      program,
      [...given, '--enable-source-maps', '--import', preload, `${root}apps/${service}/dist/main.js`],
      {
        env: {
          PATH: process.env.PATH ?? '',
          PORT: '0',
          LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.ended = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        this.over = true;
        history.note(`${name} has ended (${signal ?? `code ${code}`})`);
        resolve({ code, signal });
      }),
    );
    this.hasStarted = new Promise((resolve) => {
      let rest = '';
      const read = (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (this.readLine(line)) resolve();
      };
      this.child.stdout?.on('data', read);
      this.child.stderr?.on('data', read);
    });
    history.note(`${name} is started (process ${this.pid})`);
  }

  get name(): string {
    return this.options.name;
  }
  get service(): string {
    return this.options.service;
  }
  get pid(): number {
    return this.child.pid ?? 0;
  }
  get isAlive(): boolean {
    return !this.over;
  }
  get isPaused(): boolean {
    return this.stopped;
  }

  /** Resolves when it says that it has started; rejects when it ends before. */
  async untilStarted(timeout = 90_000): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.name} has not started after ${timeout} ms`)),
        timeout,
      );
    });
    const failed = this.ended.then(({ code, signal }) => {
      throw new Error(
        `${this.name} ended (${signal ?? code}) before it had started:\n${this.output.slice(-8).join('\n')}`,
      );
    });
    await Promise.race([this.hasStarted, failed, late]).finally(() => clearTimeout(timer));
  }

  /** Resolves when it stands still, e.g. where its trap has closed. */
  async untilStopped(): Promise<void> {
    while (this.isAlive && !this.standsStill()) await sleep(50);
  }

  async isReady(): Promise<boolean> {
    if (!this.url || this.over || this.stopped) return false;
    try {
      const { status } = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(3_000) });
      return status === 200;
    } catch {
      return false;
    }
  }

  /** A number of its `/metrics`, e.g. `metric('perennial_read_models_gaps_total')`; 0 when it doesn't tell. */
  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(5_000) });
    const line = (await response.text())
      .split('\n')
      .find((one) => one.startsWith(`${name}{`) || one.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.over) return;
    this.options.history.note(`${this.name} gets ${signal}`);
    if (signal === 'SIGSTOP') this.stopped = true;
    if (signal === 'SIGCONT') this.stopped = false;
    this.child.kill(signal);
  }

  /** Gives back what nobody needs, so that one sees what it holds. */
  collect(): void {
    this.child.kill('SIGWINCH');
  }

  private standsStill(): boolean {
    try {
      return /\) T /.test(readFileSync(`/proc/${this.pid}/stat`, 'utf8'));
    } catch {
      // It has ended just now.
      return false;
    }
  }

  private readLine(line: string): boolean {
    appendFileSync(this.options.log, `${line}\n`);
    this.output.push(line);
    if (this.output.length > 200) this.output.shift();
    const [url] = /(?<=started at )http:\S+?(?=["\s]|$)/.exec(line) ?? [];
    if (url) this.url = this.options.within?.url ?? url;
    return url !== undefined;
  }
}
