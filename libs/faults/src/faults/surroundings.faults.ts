import { setTimeout as sleep } from 'node:timers/promises';
import { must, victim, type Fault } from '../fault.js';

const HOUR = 3_600_000;

export const clockWrong: Fault = {
  number: 12,
  name: 'clock-wrong',
  title: 'the wall clocks of single processes are an hour ahead or behind, and jump',
  async cause(world) {
    const { system, traffic, choices } = world;
    for (const service of [
      'collector',
      choices.pick(system.reading),
      choices.pick(system.reading),
    ] as const) {
      await system.remove(await victim(world, service));
      await system.add(service, {
        environment: {
          CLOCK_OFFSET: String(choices.pick([HOUR, -HOUR])),
          CLOCK_JUMP_AFTER: String(choices.integer(4_000, 9_000)),
        },
      });
      await traffic.flows(120);
    }
    await sleep(3_000);
    await traffic.flows(180);
  },
};

export const networkBreaks: Fault = {
  number: 14,
  name: 'network-breaks',
  title: 'connections to the database are reset, and stand still for longer than others wait',
  alone: { proxied: true },
  async cause({ system, traffic, choices, history }) {
    const { proxy } = system;
    must(proxy !== undefined, 'nothing stands between the services and their database');
    for (let times = choices.integer(3, 6); times > 0; times--) {
      history.note(`${proxy.reset()} connections are reset`);
      await sleep(choices.integer(100, 1_500));
    }
    await traffic.flows(120);
    proxy.hold();
    history.note('nothing gets through');
    await sleep(choices.integer(7_000, 9_000));
    proxy.goOn();
    history.note('everything gets through, late');
    await traffic.flows(120);
    proxy.hold();
    history.note('nothing gets through');
    await sleep(choices.integer(2_000, 4_000));
    history.note(`${proxy.reset()} connections are reset: the way has forgotten them`);
    proxy.goOn();
    await traffic.flows(120);
  },
};
