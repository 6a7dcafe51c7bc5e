import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends the Kafka of the run, if a test file has started one. A container is removed by Testcontainers' own reaper. */
export default async function stop() {
  const folder = process.env.TEST_KAFKA_FOLDER;
  if (!folder) return;
  const found = join(folder, 'kafka.json');
  const { pid } = existsSync(found) ? JSON.parse(readFileSync(found, 'utf8')) : {};
  // Nothing of it is kept, so it need not take the time to stop in order.
  if (pid) for (let tries = 0; tries < 100 && signal(pid); tries++) await sleep(50);
  rmSync(folder, { recursive: true, force: true });
}

function signal(pid) {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
