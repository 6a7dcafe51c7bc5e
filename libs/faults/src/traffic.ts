import { setTimeout as sleep } from 'node:timers/promises';
import { batches, simulate, type SimulatedEvent } from '@perennial/simulator';
import type { System } from './system/system.js';

/** Events sent in a request, requests under way at once, and requests a second in all. */
const BATCH = 60;
const PUBLISHERS = 4;
const PACE = 5;
/** Of requests that were answered, how many are sent again. */
const REPEATED = 0.1;
/** The last day of the simulated companies: the same for every run of a seed. */
const UNTIL = new Date('2026-11-01T00:00:00Z');

/** An event as publishers send it. */
export interface PublishedEvent {
  id: string;
  source: string;
  type: string;
  subject?: string;
  data: unknown;
}

export interface Answer {
  accepted: number;
  duplicates: number;
  rejected: { id?: string; code: string }[];
}

const NOTHING: SimulatedEvent[][] = [];

interface Chance {
  chance(probability: number): boolean;
}

/**
 * Publishers as they should be: each sends its events until they are acknowledged, the same ones with the same
 * ids after any failure, to whichever collector answers.
 */
export class Traffic {
  /** Every event that was sent, by `source id`. */
  readonly sent = new Map<string, PublishedEvent>();
  /** What the door answered that it must not have: found by the oracle. */
  readonly surprises: string[] = [];
  /** Those that were acknowledged. */
  readonly known: PublishedEvent[] = [];
  failures = 0;
  private running: Promise<void>[] = [];
  private stopping = false;
  private companies = 0;
  private source: Iterator<SimulatedEvent[], unknown> = NOTHING.values();

  private label = '';
  private random: Chance = { chance: () => false };

  constructor(private readonly system: System) {}

  /** Begins to publish; the label decides which events. */
  play(label: string, random: Chance): void {
    this.label = label;
    this.random = random;
    this.companies = 0;
    this.source = NOTHING.values();
    this.stopping = false;
    this.running = Array.from({ length: PUBLISHERS }, () => this.publish());
  }

  /** Resolves when everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /** Resolves when so many more events have been acknowledged. */
  async flows(events: number, timeout = 30_000): Promise<void> {
    const goal = this.known.length + events;
    for (const end = Date.now() + timeout; this.known.length < goal;) {
      if (Date.now() > end) throw new Error(`The publishers were not answered for ${timeout} ms.`);
      await sleep(20);
    }
  }

  /** Sends new events until they are acknowledged. */
  async send(events: readonly PublishedEvent[]): Promise<Answer> {
    for (const event of events) this.sent.set(keyOf(event), event);
    const before = this.failures;
    const answer = await this.insist(events);
    // Of an attempt without an answer nobody knows whether it was taken; without one, all must be new.
    if (answer.accepted !== events.length && this.failures === before)
      this.surprises.push(`${answer.duplicates} events that were never sent before were called duplicates`);
    this.known.push(...events);
    return answer;
  }

  /** Sends events again that were acknowledged before. */
  async repeat(events: readonly PublishedEvent[]): Promise<Answer> {
    const answer = await this.insist(events);
    if (answer.accepted > 0) this.surprises.push(`${answer.accepted} events were accepted a second time`);
    return answer;
  }

  private async insist(events: readonly PublishedEvent[]): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.attempt(events);
      if (!answer) {
        this.failures++;
        await sleep(50 + 50 * Math.min(attempt, 10));
        continue;
      }
      if (answer.rejected.length > 0 || answer.accepted + answer.duplicates !== events.length)
        this.surprises.push(
          `${events.length} good events were answered with ${JSON.stringify(answer).slice(0, 300)}`,
        );
      return answer;
    }
  }

  private async publish(): Promise<void> {
    while (!this.stopping) {
      const batch = this.next();
      await this.send(batch);
      if (this.random.chance(REPEATED)) await this.repeat(batch);
      await sleep((PUBLISHERS * 1_000) / PACE);
    }
  }

  private next(): SimulatedEvent[] {
    for (;;) {
      const next = this.source.next();
      if (next.done !== true) return next.value;
      this.source = batches(
        simulate({ seed: `${this.label}/${++this.companies}`, customers: 60, to: UNTIL }),
        BATCH,
      );
    }
  }

  private async attempt(events: readonly PublishedEvent[]): Promise<Answer | undefined> {
    const doors = this.system.of('collector').filter(({ url }) => url !== undefined);
    const door = doors[Math.floor(Math.random() * doors.length)];
    if (!door?.url) return undefined;
    try {
      const response = await fetch(`${door.url}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events),
        // A door that hangs is left for another one.
        signal: AbortSignal.timeout(5_000),
      });
      const text = await response.text();
      if (response.status === 200) return JSON.parse(text) as Answer;
      if (response.status !== 503)
        this.surprises.push(`the door answered ${response.status}: ${text.slice(0, 300)}`);
      return undefined;
    } catch {
      return undefined;
    }
  }
}

export const keyOf = ({ source, id }: Pick<PublishedEvent, 'source' | 'id'>) => `${source} ${id}`;
