import { setTimeout as sleep } from 'node:timers/promises';
import { must, until, victim, type Fault, type World } from '../fault.js';
import { cannotSeparate } from '../system/namespace.js';
import type { TcpProxy } from '@perennial/testing';

/** In milliseconds, as a session of a group of Kafka. */
const LAST_JUMP = 9_000;
const SESSION = 6_000;
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
          CLOCK_JUMP_AFTER: String(choices.integer(4_000, LAST_JUMP)),
        },
      });
      await traffic.flows(120);
    }
    // Whoever has no more to say that it lives, because its clock was set back, is given up by its group only where nothing flows.
    await sleep(LAST_JUMP + SESSION);
    await traffic.flows(180);
  },
};

/** Resets, a while in which nothing gets through, and a way that has forgotten its connections and says so. */
async function breaks({ system: { proxy }, traffic, choices, history }: World): Promise<TcpProxy> {
  must(proxy !== undefined, 'nothing stands between the services and what they stand on');
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
  return proxy;
}

/** Every connection is half open: it stands, and nothing will ever come through it again. New ones get through. */
async function halfOpen({ system, traffic, history }: World, proxy: TcpProxy): Promise<void> {
  await until(
    'all is ready again',
    async () => (await system.isReady()) && (await system.backlog()) < 500,
    60_000,
  );
  history.note(`${proxy.forget()} connections are half open from now on`);
  // What comes now can't get anywhere on the old ones.
  await traffic.flows(60);
}

export const networkBreaks: Fault = {
  number: 14,
  name: 'network-breaks',
  title:
    'connections to the database are reset, stand still, and in the end are half open: nobody ever answers',
  alone: { proxied: 'postgres' },
  async cause(world) {
    await halfOpen(world, await breaks(world));
  },
};

export const kafkaNetworkBreaks: Fault = {
  number: 14,
  name: 'kafka-network-breaks',
  title: 'connections to Kafka are reset, stand still, and in the end are half open: nobody ever answers',
  needs: 'kafka',
  alone: { proxied: 'kafka' },
  async cause(world) {
    await halfOpen(world, await breaks(world));
  },
};

/** So long may a service take whose one owner is cut off until others have applied what it had, in milliseconds. */
const TAKEN_OVER = 15_000;

export const cutOff: Fault = {
  number: 14,
  name: 'cut-off',
  title: 'packets of one owner are lost, to PostgreSQL and to Kafka, those that open connections, too',
  alone: { separable: true },
  cannot: cannotSeparate,
  async cause(world) {
    const { system, traffic, choices, history } = world;
    const { network } = system;
    must(network !== undefined, 'there is no network that can be cut off');
    const service = choices.pick(system.reading.filter((name) => system.of(name).length > 1));
    await system.remove(await victim(world, service));
    const owner = await system.add(service, { apart: true });
    await traffic.flows(180);
    await until('its shards are its own', async () => (await owner.metric(APPLIED)) > 0);
    network.cut();
    history.note(`${owner.name} is cut off`);
    await traffic.flows(120);
    const { journal } = await system.positions();
    await until(
      'others have applied what it had',
      async () => {
        const applied = (await system.positions()).applied.get(service) ?? new Map<number, number>();
        return [...journal].every(([shard, position]) => (applied.get(shard) ?? 0) >= position);
      },
      TAKEN_OVER,
    );
    history.note('others have its shards');
    await sleep(choices.integer(0, 4_000));
    network.heal();
    history.note(`${owner.name} is reached again`);
    await traffic.flows(60);
  },
};

const APPLIED = 'perennial_read_models_applied_events_total';
