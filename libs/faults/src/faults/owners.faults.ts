import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, until, victim, type Choices, type Fault } from '../fault.js';

export const shardsMove: Fault = {
  number: 5,
  name: 'shards-move',
  title: 'processes of one service come, go and are paused while batches are under way',
  async cause(world) {
    const { system, traffic, choices } = world;
    const added = [];
    for (let step = 0; step < 4; step++) {
      const service = choices.pick(system.reading);
      switch (choices.integer(0, 2)) {
        case 0:
        case 1:
          added.push(await system.add(service));
          break;
        default: {
          const paused = await victim(world, service);
          paused.signal('SIGSTOP');
          await sleep(choices.integer(200, 2_000));
          paused.signal('SIGCONT');
        }
      }
      await traffic.flows(choices.integer(60, 240));
    }
    for (const process of added) {
      await traffic.flows(60);
      const code = await system.remove(process);
      must(code === 0, `${process.name} drained with exit code ${code}`);
    }
  },
};

/** After so long a silence others take its shards. */
const LONGER_THAN_EXPIRY = 7_000;

export const zombie: Fault = {
  number: 6,
  name: 'zombie',
  title: 'an owner stops in the middle of a transaction; others take its shards; it goes on',
  async cause(world) {
    const { system, traffic, choices, history } = world;
    const service = choices.pick(system.reading);
    const before = await system.positions();
    await system.remove(await victim(world, service));
    const trap = {
      application: 'read models',
      query: '^commit$',
      when: 'before' as const,
      time: choices.integer(6, 12),
      signal: 'SIGSTOP' as const,
    };
    const owner = await system.add(service, { trap });
    await traffic.flows(60);
    // It tells nobody that it stands still: its shards no longer move.
    await sleep(4_000);
    const other = await system.add(service);
    const { journal } = await system.positions();
    await until(
      'others have applied what the one that stands still had',
      async () => {
        const applied = (await system.positions()).applied.get(service) ?? new Map<number, number>();
        return [...journal].every(([shard, position]) => (applied.get(shard) ?? 0) >= position);
      },
      LONGER_THAN_EXPIRY + 8_000,
    );
    history.note(`others have taken over ${[...before.journal.keys()].length} shards`);
    owner.signal('SIGCONT');
    await traffic.flows(120);
    await system.remove(other);
  },
};

export const stalled: Fault = {
  number: 21,
  name: 'stalled',
  title: 'the event loop of an owner stands still for longer than others wait',
  async cause(world) {
    const { system, traffic, choices } = world;
    const service = choices.pick(system.reading);
    const milliseconds = world.seconds > 20 ? 30_000 : choices.integer(7_000, 10_000);
    await system.remove(await victim(world, service));
    const owner = await system.add(service, { environment: { STALL: String(milliseconds) } });
    await traffic.flows(120);
    owner.signal('SIGUSR2');
    await sleep(milliseconds + 500);
    await traffic.flows(60);
  },
};

/** What it may keep for itself, in bytes: what it asks for beyond, the kernel refuses. */
const privateBytesOf = (pid: number) =>
  Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

/** Megabytes of events that nobody counts, which are read nonetheless: what comes else may fit into what a process has. */
const largeEvents = (choices: Choices) =>
  Array.from({ length: 8 }, () => ({
    specversion: '1.0',
    id: `large-${choices.integer(0, 1e12)}`,
    source: '/faults/large',
    type: 'activity.recorded',
    subject: `user:large-${choices.integer(0, 1e9)}`,
    time: '2026-10-01T12:00:00Z',
    data: { name: 'large', properties: { text: 'x'.repeat(500_000) } },
  }));

export const memoryLimit: Fault = {
  number: 21,
  name: 'memory-limit',
  title: 'a collector and an owner of shards get no more memory than they have, and fall',
  cannot: () =>
    spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'prlimit is missing (util-linux)',
  async cause(world) {
    const { system, traffic, choices, history } = world;
    for (const service of ['collector', choices.pick(system.reading)] as const) {
      // One that has lived for a while has room in what it has.
      await system.remove(await victim(world, service));
      const limited = await system.add(service);
      limited.mayFall = true;
      const limit = privateBytesOf(limited.pid);
      const { status } = spawnSync('prlimit', ['--pid', String(limited.pid), `--data=${limit}`]);
      must(status === 0, `${limited.name} could not be limited`);
      history.note(`${limited.name} gets no more than the ${Math.round(limit / 1024 / 1024)} MB it has`);
      for (const end = Date.now() + 60_000; limited.isAlive && Date.now() < end;)
        await traffic.send(largeEvents(choices));
      must(!limited.isAlive, `${limited.name} has not fallen`);
      await traffic.flows(120);
    }
  },
};
