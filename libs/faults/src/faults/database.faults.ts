import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';

export const databaseCrashes: Fault = {
  number: 4,
  name: 'database-crashes',
  title: 'PostgreSQL is stopped at once and comes back; then connections are ended in a storm',
  async cause({ system, traffic, choices, history }) {
    await system.postgres.crash();
    await sleep(choices.integer(100, 2_000));
    await system.postgres.start();
    await traffic.flows(300);
    for (let storm = choices.integer(8, 20); storm > 0; storm--) {
      const ended = await system.postgres.terminateConnections().catch(() => 0);
      history.note(`${ended} connections were ended`);
      await sleep(choices.integer(20, 250));
    }
  },
};
