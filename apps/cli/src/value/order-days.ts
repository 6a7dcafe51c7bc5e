import type { OrderLog } from '@perennial/lifetime-value';
import type { Mapping } from '../import/mapping.schema.js';
import { FileProblem } from '../import/import.problem.js';
import { OrderFile, type Rejection } from '../import/order-file.js';
import { UsageProblem } from '../system/problem.js';
import { number, paceOf, Progress } from '../terminal/progress.js';

/** The orders and refunds of a file as the models need them. */
export interface OrderDays {
  /** Customers are numbered in the sequence in which they come. */
  log: OrderLog;
  /** Subject of each customer. */
  customers: string[];
  orders: number;
  refunds: number;
  /** Orders that nobody can be told for, so that nobody can be told to have come back. */
  withoutCustomer: number;
  /** Lines that are neither, by the code of the reason. */
  rejected: Record<string, number>;
  /** Some of them, with where they stand and what is wrong with them. */
  examples: Example[];
  /** Lines of the file, without its header. */
  lines: number;
  currency: string;
  /** Days of the first and the last order, from 1970-01-01 on. */
  first: number;
  last: number;
}

export type Example = Omit<Rejection, 'body'>;

/** So many examples are shown of each reason. */
const SHOWN = 3;

/**
 * Reads a file of orders by a mapping. Days are those of the clock where the orders were placed. Throws a FileProblem,
 * which says what was rejected, where nothing is left that models could be fitted to.
 */
export async function readOrderDays(
  name: string,
  mapping: Mapping,
  options: { quiet: boolean; signal: AbortSignal; now: Date },
): Promise<OrderDays> {
  const file = await OrderFile.open(name, mapping, { now: options.now });
  const reading = new Reading(dayReader(mapping.time.zone));
  const progress = new Progress({ quiet: options.quiet });
  const began = performance.now();
  try {
    for await (const { event, rejection } of file.items()) {
      options.signal.throwIfAborted();
      if (rejection) reading.reject(rejection);
      else if (event.type === 'order.placed') reading.add(event.subject, event.time, event.data.total, 1);
      else if (event.type === 'order.returned') reading.add(event.subject, event.time, event.data.refund, -1);
      const pace = paceOf(file.lines, file.part, (performance.now() - began) / 1000);
      progress.show(file.part, `${number(file.lines)} lines, ${pace}`);
    }
  } finally {
    progress.end();
  }
  return reading.result(name, file.lines);
}

class Reading {
  private readonly known = new Map<string, number>();
  private readonly customers: string[] = [];
  private readonly customer: number[] = [];
  private readonly day: number[] = [];
  private readonly amount: number[] = [];
  private readonly currencies = new Set<string>();
  private readonly rejected: Record<string, number> = {};
  private readonly examples: Example[] = [];
  private orders = 0;
  private refunds = 0;
  private withoutCustomer = 0;

  constructor(private readonly dayOf: (time: string) => number) {}

  reject({ reference, code, message }: Rejection): void {
    this.rejected[code] = (this.rejected[code] ?? 0) + 1;
    if (this.rejected[code] <= SHOWN) this.examples.push({ reference, code, message });
  }

  add(subject: string, time: string, money: { amount: string; currency: string }, sign: 1 | -1): void {
    if (subject.startsWith('anonymous:')) {
      this.withoutCustomer++;
      return;
    }
    let customer = this.known.get(subject);
    if (customer === undefined) {
      customer = this.customers.push(subject) - 1;
      this.known.set(subject, customer);
    }
    const amount = Math.abs(Number(money.amount)) * sign;
    if (sign > 0) this.orders++;
    else if (amount === 0) return;
    else this.refunds++;
    this.currencies.add(money.currency);
    this.customer.push(customer);
    this.day.push(this.dayOf(time));
    this.amount.push(amount);
  }

  result(name: string, lines: number): OrderDays {
    const { customer, day, amount, customers, orders, refunds, withoutCustomer, rejected, examples } = this;
    if (orders === 0) {
      const left = withoutCustomer ? `; ${number(withoutCustomer)} are of nobody in particular` : '';
      throw new FileProblem(
        [
          `${name} has no orders of customers who can be recognised${left}.`,
          ...rejections({ rejected, examples }),
        ].join('\n'),
      );
    }
    if (this.currencies.size > 1) {
      throw new FileProblem(
        `${name} has amounts in ${[...this.currencies].join(', ')}; convert them to one currency first.`,
      );
    }
    return {
      log: { customer, day, amount },
      customers,
      orders,
      refunds,
      withoutCustomer,
      rejected,
      examples,
      lines,
      currency: [...this.currencies][0]!,
      first: day.reduce((one, other) => Math.min(one, other), Infinity),
      last: day.reduce((one, other) => Math.max(one, other), -Infinity),
    };
  }
}

/** What was rejected, for people: how often, why, and some places to look at. */
export function rejections({ rejected, examples }: Pick<OrderDays, 'rejected' | 'examples'>): string[] {
  return Object.entries(rejected).flatMap(([code, count]) => [
    `  rejected: ${number(count)}  ${code}`,
    ...examples
      .filter((each) => each.code === code)
      .map(({ reference, message }) => `    ${reference}: ${message}`),
  ]);
}

/** What a reader should look at before believing anything that is made of the file. */
export function warningsOf({ rejected, lines }: OrderDays): string[] {
  const count = Object.values(rejected).reduce((sum, each) => sum + each, 0);
  return count > lines / 2
    ? [
        `${number(count)} of ${number(lines)} lines were rejected: is it the right mapping? What follows knows the others only.`,
      ]
    : [];
}

const DAY = 86_400_000;

/** The number of the day, from 1970-01-01 on, that clocks of a zone showed at a time. */
function dayReader(zone: string): (time: string) => number {
  if (zone === 'UTC') return (time) => Math.floor(Date.parse(time) / DAY);
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  return (time) => Date.parse(`${format.format(new Date(time))}T00:00:00Z`) / DAY;
}

/** `1997-09-30` as the number of a day. Throws a UsageProblem for what is no date. */
export function dayOf(date: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || dateOf(time / DAY) !== date) {
    throw new UsageProblem(`"${date}" is no date; write it like 2026-06-30.`);
  }
  return time / DAY;
}

export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
