import { setTimeout as sleep } from 'node:timers/promises';
import { victim, type Fault, type World } from '../fault.js';
import type { ServiceName } from '../system/system.js';
import type { Trap } from '../system/trap.preload.js';

/** Exchanges a process for one that falls where the trap says; resolves when it has fallen. */
export async function fall(world: World, service: ServiceName, trap: Trap): Promise<void> {
  const { system, history } = world;
  history.note(`a ${service} is to fall ${trap.when} "${trap.query}" number ${trap.time}`);
  await system.remove(await victim(world, service));
  const trapped = await system.add(service, { trap });
  const { signal } = await trapped.ended;
  if (signal !== trap.signal)
    throw new Error(`${trapped.name} was to fall by ${trap.signal}, not by ${signal}.`);
}

export const serviceKilled: Fault = {
  number: 1,
  name: 'service-killed',
  title: 'services are killed before and after COMMIT and at random moments',
  async cause(world) {
    const { system, traffic, choices } = world;
    for (const when of ['before', 'after'] as const) {
      // The first commits are those of the start.
      const time = choices.integer(6, 14);
      await fall(world, choices.pick(system.reading), {
        application: 'read models',
        query: '^commit$',
        when,
        time,
        signal: 'SIGKILL',
      });
      await traffic.flows(choices.integer(60, 300));
    }
    for (let times = choices.integer(2, 3); times > 0; times--) {
      await sleep(choices.integer(0, 900));
      (await victim(world, choices.pick(system.reading))).signal('SIGKILL');
    }
  },
};

export const collectorKilled: Fault = {
  number: 2,
  name: 'collector-killed',
  title: 'collectors are killed before and after an append; publishers send the same again',
  async cause(world) {
    const { traffic, choices } = world;
    for (const when of ['before', 'after'] as const)
      await fall(world, 'collector', {
        application: 'journal append',
        query: 'journal\\.append',
        when,
        time: choices.integer(2, 12),
        signal: 'SIGKILL',
      });
    for (let times = choices.integer(2, 3); times > 0; times--) {
      await sleep(choices.integer(0, 900));
      (await victim(world, 'collector')).signal('SIGKILL');
      await traffic.flows(120);
    }
  },
};
