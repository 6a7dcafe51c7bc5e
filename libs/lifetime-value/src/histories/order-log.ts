import { histories, type Histories } from './histories.js';

/** Orders and refunds in columns, in any sequence. */
export interface OrderLog {
  /** Number of the customer, from 0. */
  customer: ArrayLike<number>;
  /** Number of the day, from any fixed day on. */
  day: ArrayLike<number>;
  /** What was paid, in one currency; below 0 it is a refund, which is no order. Default: unknown. */
  amount?: ArrayLike<number>;
}

export interface SummaryOptions {
  /** Last day whose orders are known to the models. */
  until: number;
  /** Last day of the holdout that follows; default: none. */
  holdoutUntil?: number;
  /** Default 1; the span between two opportunities for models in discrete time. */
  periodDays?: number;
}

/** Customers who ordered until a day, one row each, and what they did afterwards. */
export interface Summary {
  /** Number of the customer of each row. */
  readonly customer: Int32Array;
  readonly histories: Histories;
  readonly spend: Spend;
  readonly holdout: { readonly days: number; readonly orders: Float64Array; readonly amount: Float64Array };
  /** Refunds that are larger than all that the customer had paid until then; they lower nothing. */
  readonly unmatchedRefunds: number;
}

/** What customers paid for their orders after the first, less refunds. */
export interface Spend {
  /** Orders that the mean is of. */
  readonly orders: Int32Array;
  /** Mean of an order; 0 without one, never below 0. */
  readonly mean: Float64Array;
  /** What was paid for the first order; stands in where nobody paid for another. Default: unknown. */
  readonly first?: Float64Array;
}

/**
 * Sums an order log up for the models. All orders of one day (period) are one. A refund lowers the orders before
 * it, the latest first; if it takes back on the same day all that was paid, there was no order.
 */
export function summarise(log: OrderLog, options: SummaryOptions): Summary {
  const { until, holdoutUntil = until, periodDays = 1 } = options;
  const rows = new Rows();
  let unmatchedRefunds = 0;
  for (const days of customersDays(log, holdoutUntil)) {
    unmatchedRefunds += settleRefunds(days, until);
    const ordered = days.filter(({ orders }) => orders > 0);
    const first = ordered[0];
    if (first && first.day <= until) rows.add(ordered, until, periodDays);
  }
  return rows.summary(holdoutUntil - until, periodDays, unmatchedRefunds);
}

interface CustomerDay {
  customer: number;
  day: number;
  orders: number;
  paid: number;
  refunded: number;
}

/** Each customer's days with orders or refunds, in order; those of a day by their amounts, whose sum has no other sequence. */
function* customersDays({ customer, day, amount }: OrderLog, last: number): Generator<CustomerDay[]> {
  const sequence = Uint32Array.from({ length: customer.length }, (_, row) => row).sort(
    (one, other) =>
      customer[one]! - customer[other]! ||
      day[one]! - day[other]! ||
      (amount ? amount[one]! - amount[other]! : 0),
  );
  let days: CustomerDay[] = [];
  for (const row of sequence) {
    if (day[row]! > last) continue;
    if (days.length && days[0]!.customer !== customer[row]) {
      yield days;
      days = [];
    }
    let current = days.at(-1);
    if (!current || current.day !== day[row]) {
      current = { customer: customer[row]!, day: day[row]!, orders: 0, paid: 0, refunded: 0 };
      days.push(current);
    }
    const money = amount ? amount[row]! : 0;
    if (money < 0) {
      current.refunded -= money;
    } else {
      current.orders++;
      current.paid += money;
    }
  }
  if (days.length) yield days;
}

/** Takes refunds off what was paid; answers how many had nothing left to be taken off. */
function settleRefunds(days: readonly CustomerDay[], until: number): number {
  let unmatched = 0;
  days.forEach((day, index) => {
    if (day.refunded === 0) return;
    if (day.refunded >= day.paid) day.orders = 0;
    let rest = day.refunded;
    // What is paid back later was not known at the end of the calibration.
    const earliest = day.day > until ? until + 1 : -Infinity;
    for (let before = index; before >= 0 && rest > 0 && days[before]!.day >= earliest; before--) {
      const taken = Math.min(rest, days[before]!.paid);
      days[before]!.paid -= taken;
      rest -= taken;
    }
    if (rest > 1e-9) unmatched++;
  });
  return unmatched;
}

class Rows {
  private readonly customer: number[] = [];
  private readonly frequency: number[] = [];
  private readonly recency: number[] = [];
  private readonly age: number[] = [];
  private readonly spendOrders: number[] = [];
  private readonly spendMean: number[] = [];
  private readonly spendFirst: number[] = [];
  private readonly laterOrders: number[] = [];
  private readonly laterAmount: number[] = [];

  /** Days with orders, the first of them within the calibration. */
  add(days: readonly CustomerDay[], until: number, periodDays: number): void {
    const start = days[0]!.day;
    const periodOf = (day: number) => Math.floor((day - start) / periodDays);
    const age = periodOf(until);
    const repeat = new Map<number, number>();
    let [first, laterOrders, laterAmount] = [0, 0, 0];
    for (const { day, paid } of days) {
      const period = periodOf(day);
      if (day > until) {
        laterOrders++;
        laterAmount += paid;
      } else if (period > 0) {
        repeat.set(period, (repeat.get(period) ?? 0) + paid);
      } else {
        first += paid;
      }
    }
    const paid = [...repeat.values()].reduce((sum, each) => sum + each, 0);
    this.customer.push(days[0]!.customer);
    this.frequency.push(repeat.size);
    this.recency.push(Math.max(0, ...repeat.keys()));
    this.age.push(age);
    this.spendOrders.push(repeat.size);
    this.spendMean.push(repeat.size ? paid / repeat.size : 0);
    this.spendFirst.push(first);
    this.laterOrders.push(laterOrders);
    this.laterAmount.push(laterAmount);
  }

  summary(days: number, periodDays: number, unmatchedRefunds: number): Summary {
    const { frequency, recency, age } = this;
    return {
      customer: Int32Array.from(this.customer),
      histories: histories({ frequency, recency, age, periodDays }),
      spend: {
        orders: Int32Array.from(this.spendOrders),
        mean: Float64Array.from(this.spendMean),
        first: Float64Array.from(this.spendFirst),
      },
      holdout: {
        days,
        orders: Float64Array.from(this.laterOrders),
        amount: Float64Array.from(this.laterAmount),
      },
      unmatchedRefunds,
    };
  }
}
