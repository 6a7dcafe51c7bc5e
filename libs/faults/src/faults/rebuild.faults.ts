import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { must, until, victim, type Fault, type World } from '../fault.js';
import type { ServiceProcess } from '../system/service-process.js';
import type { Reading } from '../system/system.js';
import { deleteTopic } from './kafka.faults.js';

interface Answered {
  result?: { readModels: string[] };
  problem?: { message: string };
}

/** `perennial rebuild <service>`, asked of one process. Answers undefined when it is killed on the way. */
export async function rebuilt(url: string, service: Reading): Promise<Answered | undefined> {
  try {
    const response = await fetch(`${url}/api/operations/rebuild`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: service }),
      signal: AbortSignal.timeout(120_000),
    });
    return JSON.parse((await response.text()).trim().split('\n').at(-1) ?? '{}') as Answered;
  } catch {
    return undefined;
  }
}

export async function rebuildAll(world: World, service: Reading): Promise<void> {
  const { url } = await victim(world, service);
  const answer = await rebuilt(url ?? '', service);
  must(
    answer?.result !== undefined,
    `the rebuild of ${service} failed: ${answer?.problem?.message ?? 'no answer'}`,
  );
}

export const rebuildKilled: Fault = {
  number: 19,
  name: 'rebuild-killed',
  title: 'a rebuild under live traffic is killed while it loads and while it switches, and asked for again',
  async cause(world) {
    const { system, traffic, choices } = world;
    const service = choices.pick(system.reading);
    for (const query of ['^analyze ', 'set schema']) {
      const trapped = await system.add(service, {
        trap: { application: 'read models', query, when: 'before', time: 1, signal: 'SIGKILL' },
      });
      const answer = await rebuilt(trapped.url ?? '', service);
      must(answer === undefined, `the rebuild was to be killed at "${query}": ${JSON.stringify(answer)}`);
      const { signal } = await trapped.ended;
      must(signal === 'SIGKILL', `${trapped.name} ended by ${signal}`);
      await traffic.flows(60);
    }
    await rebuildAll(world, service);
    const { rows } = await system.pool.query(`select from pg_namespace where nspname = '${service}_build'`);
    must(rows.length === 0, `the schema of the build of ${service} is left behind`);
  },
};

/** After so long a silence the one that builds has lost its place, in milliseconds. */
const LONGER_THAN_SILENCE = 12_000;

export const rebuildStands: Fault = {
  number: 19,
  name: 'rebuild-stands',
  title: 'the one that rebuilds stands still; others start, and rebuild; it goes on',
  async cause(world) {
    const { system, traffic, choices, history } = world;
    const service = choices.pick(system.reading);
    const query = choices.pick(['^analyze ', 'set schema']);
    const builder = await system.add(service, {
      trap: { application: 'read models', query, when: 'before', time: 1, signal: 'SIGSTOP' },
    });
    const first = rebuilt(builder.url ?? '', service);
    await builder.untilStopped();
    history.note(`${builder.name} stands still before "${query}"`);
    const asked = Date.now();
    const other = await system.add(service);
    await traffic.flows(60);
    const second = await rebuilt(other.url ?? '', service);
    must(second?.result !== undefined, `another rebuild failed: ${second?.problem?.message ?? 'no answer'}`);
    history.note(`another has started and rebuilt after ${Date.now() - asked} ms`);
    must(
      Date.now() - asked < LONGER_THAN_SILENCE + 15_000,
      'others waited too long for one that stands still',
    );
    builder.signal('SIGCONT');
    const answer = await first;
    must(answer?.result === undefined, 'one that stood still has put its tables in the place of newer ones');
    await traffic.flows(60);
    await system.remove(other);
  },
};

export const backupRestored: Fault = {
  number: 18,
  name: 'backup-restored',
  title: 'the journal is restored from an older backup and goes on differently; then everything is rebuilt',
  alone: { journalApart: true },
  async cause(world) {
    const { system, traffic, history, expected } = world;
    const { journalServer } = system;
    must(journalServer !== undefined, 'the journal has no server of its own');
    const [data, backup] = [join(journalServer.folder, 'postgres'), join(journalServer.folder, 'backup')];
    await traffic.flows(300);
    await journalServer.stop();
    copy(data, backup);
    await journalServer.start();
    history.note('a backup of the journal is made');
    await traffic.flows(600, 60_000);
    await until('everything is applied', async () => (await system.backlog().catch(() => 1)) === 0, 60_000);
    await journalServer.stop();
    rmSync(data, { recursive: true });
    copy(backup, data);
    await journalServer.start();
    history.note('the backup is restored');
    expected.lost = true;
    const alarmed = new Set<Reading>();
    await until(
      'every service says that its journal is another one',
      async () => {
        for (const service of system.reading)
          for (const { output } of system.of(service))
            if (output.some((line) => line.includes('restored from an older backup'))) alarmed.add(service);
        return alarmed.size === system.reading.length;
      },
      60_000,
    );
    if (system.kafka) await exchangeTopic(world);
    for (const service of system.reading) await rebuildAll(world, service);
    history.note('everything is rebuilt');
    await traffic.flows(120);
  },
};

/** The topic goes on from a past that is no more: the relay says so, and what to do. */
async function exchangeTopic(world: World): Promise<void> {
  const says = ({ output }: ServiceProcess) =>
    output.some((line) => line.includes('holds events that the journal does not have'));
  await until('a relay says that the topic is of another journal', () =>
    world.system.of('collector').some(says),
  );
  await deleteTopic(world);
}

/** With owners and rights, which PostgreSQL insists on. */
function copy(from: string, to: string): void {
  if (spawnSync('cp', ['-a', from, to]).status !== 0) cpSync(from, to, { recursive: true });
}
