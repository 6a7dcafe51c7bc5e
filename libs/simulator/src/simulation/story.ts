import type { EventData, EventName } from '@perennial/events';
import type { Random } from '../chance/random.js';
import { Agenda } from './agenda.js';

/** What happens: an event to tell, or an act that plans more of them. */
type Happening = Told | ((time: number) => void);

export interface Told {
  type: EventName;
  subject: string;
  data: EventData<EventName>;
}

/** The simulation's clock and its open ends. Times are milliseconds since 1970. */
export class Story {
  readonly #agenda = new Agenda<Happening>();
  readonly #counters = new Map<string, number>();
  #now: number;

  /** `label` names this run: it is part of every identifier, so that two runs never share customers. */
  constructor(
    readonly label: string,
    readonly from: number,
    readonly to: number,
    /** Chance of the company; customers have their own. */
    readonly random: Random,
  ) {
    this.#now = from;
  }

  get now(): number {
    return this.#now;
  }

  /** The moment after this part (0 to 1) of the period. */
  part(share: number): number {
    return this.from + share * (this.to - this.from);
  }

  /** Has something done at a time that is not past. */
  at(time: number, act: (time: number) => void): void {
    this.#enter(time, act);
  }

  /** Has an event told at a time that is not past. */
  tell<Name extends EventName>(time: number, type: Name, subject: string, data: EventData<Name>): void {
    this.#enter(time, { type, subject, data });
  }

  /** The next number of a sequence such as orders, from 1. */
  number(sequence: string): number {
    const number = (this.#counters.get(sequence) ?? 0) + 1;
    this.#counters.set(sequence, number);
    return number;
  }

  /** A readable identifier that no other run has: `order('O')` → `O-k3f9-17`. */
  identifier(prefix: string): string {
    return `${prefix}-${this.label}-${this.number(prefix)}`;
  }

  /** All that is told, in the sequence of time; what lies at or after the end is left out. */
  *events(): Generator<Told & { time: number }> {
    for (;;) {
      const next = this.#agenda.next();
      if (!next) return;
      this.#now = next.time;
      if (typeof next.item === 'function') next.item(next.time);
      else yield { ...next.item, time: next.time };
    }
  }

  #enter(time: number, happening: Happening): void {
    const moment = Math.floor(time);
    if (moment < this.#now)
      throw new RangeError(`The past can't be changed: ${moment} is before ${this.#now}.`);
    if (moment < this.to) this.#agenda.enter(moment, happening);
  }
}
