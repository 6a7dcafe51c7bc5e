import type { Standalone } from '@perennial/standalone';
import { Problem, SettingProblem } from './problem.js';
import { Interrupted } from './interruption.js';

/** The whole system; loaded when it is needed only, for it brings all services with it. */
export const loadStandalone = () => import('@perennial/standalone');

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
