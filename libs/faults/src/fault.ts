import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from './history.js';
import type { Expected } from './oracle.js';
import type { Layout, System } from './system/system.js';
import type { ServiceProcess } from './system/service-process.js';
import type { Traffic } from './traffic.js';

/** The schedule: every choice of a run comes from here, so that a seed is one schedule. */
export interface Choices {
  integer(low: number, high: number): number;
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** What a fault is given: a system under traffic, and the choices of its schedule. */
export interface World {
  system: System;
  traffic: Traffic;
  choices: Choices;
  history: History;
  /** What the oracle is to expect in the end; a fault that puts something in adds it here. */
  expected: Expected;
  /** Seconds that a fault which goes on for a while should last. */
  seconds: number;
}

export interface Fault {
  /** Its row in the matrix of docs/operations.md. */
  number: number;
  /** A word for `--only`. */
  name: string;
  /** What happens, in a sentence. */
  title: string;
  /** What the system must be made of; absent: what the others use, too. */
  alone?: Layout;
  /** Only where the stream is Kafka. */
  needs?: 'kafka';
  /** Why it can't be caused here; undefined when it can. */
  cannot?: () => string | undefined;
  /** Causes it under traffic and ends it. Throws when something besides the oracle does not hold. */
  cause(world: World): Promise<void>;
}

/** A sentence that must be true; when it isn't, the fault was not survived. */
export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/** Resolves when it has come true. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeout = 20_000,
): Promise<void> {
  for (const end = Date.now() + timeout; ;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`Within ${timeout / 1_000} s it has not come true that ${what}.`);
    await sleep(30);
  }
}

/** One of the processes of a service that listen; waits for one where all have just been killed. */
export async function victim(
  { system, choices }: World,
  service: Parameters<System['of']>[0],
): Promise<ServiceProcess> {
  const alive = () => system.of(service).filter(({ url }) => url !== undefined);
  await until(`a process of ${service} listens`, () => alive().length > 0, 90_000);
  return choices.pick(alive());
}
