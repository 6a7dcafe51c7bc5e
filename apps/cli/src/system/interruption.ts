/** The reader of the terminal has had enough. */
export class Interrupted extends Error {
  override name = 'Interrupted';

  constructor(readonly exitCode: number) {
    super('interrupted');
  }
}

/** One Ctrl-C often arrives twice, from the terminal and from a launcher that passes it on. Milliseconds. */
const ECHO = 1_000;

const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs work that ends early when the process is told to stop: its signal is aborted then, with an
 * `Interrupted` as the reason. Told a second time, later, the process ends at once.
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let toldAt: number | undefined;
  const stop = (name: keyof typeof codes) => {
    if (toldAt === undefined) {
      toldAt = Date.now();
      controller.abort(new Interrupted(codes[name]));
    } else if (Date.now() - toldAt > ECHO) process.exit(codes[name]);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    // A pause that the signal cut short ends with an AbortError; why it was cut short is what counts.
    if (controller.signal.aborted && (error as Error).name === 'AbortError') throw controller.signal.reason;
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
