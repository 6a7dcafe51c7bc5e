import { Problem, SettingProblem } from './problem.js';
import { Interrupted } from './interruption.js';

interface Standalone {
  url: string;
  analystUrl: string;
  stop(): Promise<void>;
  /** Resolves when the database ends though nobody stopped it. */
  broken: Promise<Error>;
}

interface StandaloneProgram {
  startStandalone: (options: {
    data: string;
    port: number;
    sample: boolean;
    onStage?: (stage: string) => void;
    onSample?: (events: number) => void;
  }) => Promise<Standalone>;
}

const NAME: string = '@perennial/standalone';

/** The whole system; loaded when it is needed only, for it brings all services with it. */
export const loadStandalone = async (): Promise<StandaloneProgram> =>
  (await import(NAME)) as StandaloneProgram;

/** Starts it; what the reader of a terminal can mend becomes a SettingProblem. */
export async function startedOrExplained(
  data: string,
  start: () => Promise<Standalone>,
): Promise<Standalone> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof Problem || error instanceof Interrupted) throw error;
    throw new SettingProblem(`Perennial can't be started on ${data}: ${(error as Error).message}`);
  }
}
