import { setTimeout as sleep } from 'node:timers/promises';
import { number, Progress } from '../terminal/progress.js';
import type { Connected } from './system.js';

interface Lags {
  readModels: { lag: number }[];
  problems?: Record<string, string>;
}

/** Waits until all read models have applied what is in the journal; false if one has stopped advancing. */
export async function caughtUp({ client, signal }: Connected, quiet: boolean): Promise<boolean> {
  const progress = new Progress({ quiet });
  let first = 0;
  try {
    for (;;) {
      // Counts of rows are not wanted here; old ones cost nothing.
      const { readModels, problems = {} } = await client.get<Lags>('/api/operations/status?maxAge=3600');
      const lag = Math.max(0, ...readModels.map(({ lag }) => lag));
      if (lag === 0) return true;
      if (Object.keys(problems).length) return false;
      first = Math.max(first, lag);
      progress.show(1 - lag / first, `read models: ${number(lag)} events to go`);
      await sleep(300, undefined, { signal });
    }
  } finally {
    progress.end();
  }
}
