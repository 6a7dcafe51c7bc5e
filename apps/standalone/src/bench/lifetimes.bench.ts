import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The last release, and packages of its time: it breaks with later ones. */
const PACKAGES = ['lifetimes==0.11.3', 'numpy<1.25', 'scipy<1.11', 'pandas<2.1'];

/** Processor time of one thread is compared: it says the same on a machine that others use, too. */
const ENVIRONMENT = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

export type Task = 'bg-nbd' | 'gamma-gamma' | 'pareto-nbd' | 'score';

/** The Python package lifetimes in a process of its own. */
export class Lifetimes {
  private constructor(
    private readonly process: ChildProcessWithoutNullStreams,
    private readonly lines: AsyncIterator<string>,
    private readonly reader: Interface,
  ) {}

  /**
   * Installs it into the folder, or takes the Python that LIFETIMES_PYTHON names. Answers with the reason where it
   * can't be had.
   */
  static async start(folder: string, some: number): Promise<Lifetimes | string> {
    const python = process.env.LIFETIMES_PYTHON ?? (await installed(folder));
    if (python === undefined) return 'the Python package lifetimes can not be installed here';
    const script = fileURLToPath(new URL('../../bin/lifetimes.peer.py', import.meta.url));
    const child = spawn(python, [script, folder, String(some)], { env: ENVIRONMENT });
    const errors: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const reader = createInterface(child.stdout);
    const lines = reader[Symbol.asyncIterator]();
    const { value } = (await lines.next()) as { value?: string };
    if (value === 'ready') return new Lifetimes(child, lines, reader);
    child.kill();
    return `the Python package lifetimes does not run here: ${errors.join('').trim().split('\n').at(-1) ?? ''}`;
  }

  /** Seconds of processor time, and what came out. */
  async run(task: Task): Promise<{ seconds: number; answer: Record<string, number> }> {
    this.process.stdin.write(`${task}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`lifetimes ended at ${task}.`);
    const [seconds = '', ...answer] = value.split(' ');
    return {
      seconds: Number(seconds),
      answer: JSON.parse(answer.join(' ').replaceAll("'", '"')) as Record<string, number>,
    };
  }

  stop(): void {
    this.reader.close();
    this.process.kill();
  }
}

async function installed(folder: string): Promise<string | undefined> {
  const run = promisify(execFile);
  const python = `${folder}/lifetimes/bin/python`;
  try {
    await run('python3', ['-m', 'venv', `${folder}/lifetimes`], { timeout: 120_000 });
    await run(python, ['-m', 'pip', 'install', '--quiet', '--retries=1', '--timeout=30', ...PACKAGES], {
      timeout: 600_000,
    });
    return python;
  } catch {
    return undefined;
  }
}
