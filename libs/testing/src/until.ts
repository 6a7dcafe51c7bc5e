import { setTimeout as sleep } from 'node:timers/promises';

/** How long something that comes by itself may take, and how often it is looked for, in milliseconds. */
const PATIENCE = 60_000;
const LOOK_EVERY = 20;

/** Resolves when it holds, and rejects when it does not within a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (await holds()) return;
    await sleep(LOOK_EVERY);
  }
  throw new Error('It did not come true within a minute.');
}
