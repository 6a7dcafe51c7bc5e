import type { OrderLog } from '../histories/order-log.js';

/** Contracts, one row each or one for all with the same story. */
export interface Contracts {
  /** How often the contract was renewed. */
  readonly renewals: ArrayLike<number>;
  /** Whether it was then given up (1), or is running (0). */
  readonly ended: ArrayLike<number | boolean>;
  /** Default: each row is one contract. */
  readonly weight?: ArrayLike<number>;
}

/**
 * Contracts as their payments tell them: each customer's first payment begins one, and each payment within half a
 * period of its due date renews it. The first renewal that did not come until half a period after it was due ended
 * it; what is paid later is not looked at.
 */
export function contractsOf(
  payments: OrderLog,
  { until, periodDays }: { until: number; periodDays: number },
): Contracts {
  const { customer, day, amount } = payments;
  const paid = new Map<number, number[]>();
  for (let row = 0; row < customer.length; row++) {
    if (day[row]! > until || (amount && amount[row]! < 0)) continue;
    const days = paid.get(customer[row]!);
    if (days) days.push(day[row]!);
    else paid.set(customer[row]!, [day[row]!]);
  }
  const renewals: number[] = [];
  const ended: number[] = [];
  for (const days of paid.values()) {
    const first = days.reduce((one, other) => Math.min(one, other), Infinity);
    const periods = new Set(days.map((each) => Math.round((each - first) / periodDays)));
    let count = 0;
    while (periods.has(count + 1)) count++;
    renewals.push(count);
    ended.push(Number(until > first + (count + 1.5) * periodDays));
  }
  return { renewals, ended };
}
