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
  const stories = [...paymentDaysOf(payments, until).values()].map((days) =>
    storyOf(days, until, periodDays),
  );
  return {
    renewals: stories.map(({ renewals }) => renewals),
    ended: stories.map(({ ended }) => Number(ended)),
  };
}

/** Days of each customer's payments up to one day; refunds are none. */
export function paymentDaysOf({ customer, day, amount }: OrderLog, until: number): Map<number, number[]> {
  const paid = new Map<number, number[]>();
  for (let row = 0; row < customer.length; row++) {
    if (day[row]! > until || (amount && amount[row]! < 0)) continue;
    const days = paid.get(customer[row]!);
    if (days) days.push(day[row]!);
    else paid.set(customer[row]!, [day[row]!]);
  }
  return paid;
}

/** A contract as it is known on a day. */
export interface ContractStory {
  renewals: number;
  ended: boolean;
  /** Renewals that would be past doubt by the day, had the contract never ended. */
  decided: number;
}

export function storyOf(days: readonly number[], until: number, periodDays: number): ContractStory {
  const first = days.reduce((one, other) => Math.min(one, other), Infinity);
  const periods = new Set(
    days.filter((each) => each <= until).map((each) => Math.round((each - first) / periodDays)),
  );
  let renewals = 0;
  while (periods.has(renewals + 1)) renewals++;
  return {
    renewals,
    ended: until > first + (renewals + 1.5) * periodDays,
    decided: Math.max(0, Math.ceil((until - first) / periodDays - 0.5) - 1),
  };
}
