import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '@perennial/simulator';
import type { Fault, World } from './fault.js';
import { History } from './history.js';
import { Holdings } from './holdings.js';
import { backAfter, judge, type Expected } from './oracle.js';
import { System, type Layout, type Replicas } from './system/system.js';
import { Traffic } from './traffic.js';

export interface RunOptions {
  faults: Iterable<Fault>;
  /** One seed is one schedule: the events, the moments and the victims. */
  seed: string;
  /** Where databases, logs and the history go. */
  folder: string;
  replicas: Replicas;
  stream: 'postgres' | 'kafka';
  /** How long a fault that can go on for a while does. */
  seconds: number;
  /** Seconds from the end of a fault in which everything must be ready and up to date again. */
  backWithin: number;
  onNote?: (line: string) => void;
  onResult?: (result: Result) => void;
}

export interface Result {
  number: number;
  name: string;
  title: string;
  seed: string;
  outcome: 'survived' | 'failed' | 'could not be run';
  /** Why it failed or could not be run. */
  because: string[];
  /** Seconds from the end of the fault until everything was ready and had applied what there was. */
  backAfter?: number;
  /** Events in the journal that the oracle looked at. */
  events?: number;
  /** Requests of publishers that were not answered with success, and therefore sent again. */
  retried?: number;
  seconds?: number;
}

/**
 * Causes faults one after the other and asks the oracle after each. Those that need no system of their own share
 * one, so that each meets what the ones before it have left.
 */
export async function runFaults(options: RunOptions): Promise<Result[]> {
  mkdirSync(options.folder, { recursive: true });
  chmodSync(options.folder, 0o755);
  const results: Result[] = [];
  const add = (result: Result) => {
    results.push(result);
    options.onResult?.(result);
  };
  const shared = new Stage(options, 'shared');
  try {
    for (const fault of options.faults) {
      const reason =
        fault.needs && fault.needs !== options.stream
          ? 'it concerns Kafka: --stream kafka'
          : fault.cannot?.();
      if (reason) {
        add({ ...named(fault, options), outcome: 'could not be run', because: [reason] });
        continue;
      }
      if (!fault.alone) {
        add(await shared.play(fault));
        continue;
      }
      const own = new Stage(options, fault.name, fault.alone);
      try {
        add(await own.play(fault));
      } finally {
        await own.close();
      }
    }
  } finally {
    await shared.close();
  }
  return results;
}

const named = ({ number, name, title }: Fault, { seed }: RunOptions) => ({ number, name, title, seed });

/** A system with its publishers, on which faults are played. */
class Stage {
  private system?: System;
  private traffic?: Traffic;
  private expected: Expected = {};
  private holdings = new Holdings();
  /** How often each fault was played. */
  private readonly played = new Map<string, number>();
  private readonly history: History;
  private readonly folder: string;

  constructor(
    private readonly options: RunOptions,
    name: string,
    private readonly layout: Layout = {},
  ) {
    this.folder = join(options.folder, name);
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.folder, 0o755);
    this.history = new History(join(this.folder, 'history.log'), options.onNote);
  }

  async play(fault: Fault): Promise<Result> {
    const { seed, seconds } = this.options;
    const began = Date.now();
    const result: Result = { ...named(fault, this.options), outcome: 'survived', because: [] };
    this.history.note(`seed ${seed}, fault ${fault.number}: ${fault.title}`);
    try {
      const [system, traffic] = await this.open();
      const failures = traffic.failures;
      const label = this.labelOf(fault);
      const choices = new Random(label);
      const world: World = {
        system,
        traffic,
        choices,
        seconds,
        history: this.history,
        expected: this.expected,
      };
      traffic.play(label, choices);
      try {
        await traffic.flows(200);
        await fault.cause(world);
        await system.trim();
        this.history.note('the fault is over');
        const back = await backAfter(system);
        result.backAfter = back / 1_000;
        if (back > this.options.backWithin * 1_000)
          result.because.push(`everything was back after ${back / 1_000} s only`);
        this.history.note(`everything is back after ${back} ms`);
      } finally {
        await traffic.stop();
      }
      const { faults, events } = await judge(system, traffic, this.expected);
      result.because.push(...faults, ...(await this.holdings.look(system)));
      result.events = events;
      result.retried = traffic.failures - failures;
    } catch (error) {
      result.because.push(error instanceof Error ? error.message : String(error));
    }
    if (result.because.length > 0) result.outcome = 'failed';
    result.seconds = (Date.now() - began) / 1_000;
    this.history.note(`${result.outcome} ${result.because.join('; ')}`);
    // What is wrong now would be found wrong after every other fault, too.
    if (result.outcome === 'failed') await this.close();
    return result;
  }

  /** What a seed makes of a fault; what it makes of the same one later is another. */
  private labelOf({ name }: Fault): string {
    const times = this.played.get(name) ?? 0;
    this.played.set(name, times + 1);
    return `${this.options.seed}/${name}${times === 0 ? '' : `/${times}`}`;
  }

  async close(): Promise<void> {
    const { system } = this;
    this.system = undefined;
    this.expected = {};
    this.holdings = new Holdings();
    await system?.stop();
    // The logs stay. What is kept elsewhere would be the past of another journal.
    for (const engine of ['postgres', 'kafka'])
      rmSync(join(this.folder, engine), { recursive: true, force: true, maxRetries: 5 });
  }

  private async open(): Promise<[System, Traffic]> {
    if (this.system && this.traffic) return [this.system, this.traffic];
    this.system = await System.start({
      folder: this.folder,
      history: this.history,
      replicas: this.options.replicas,
      stream: this.options.stream,
      ...this.layout,
    });
    this.traffic = new Traffic(this.system);
    return [this.system, this.traffic];
  }
}
