import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import type { CustomersOn } from '../scores/score-as-of.js';
import { DAYS_OF_A_YEAR, futureOf } from './future-customers.view.js';
import type { Step } from './waterfall.js';

/** Who was won in the year before a day, or in as much of it as something is known of. */
export interface WonCustomers {
  /** All customers, and those of them who came before the year. */
  known: number;
  older: number;
  /** Days since the latest of these came, the day itself included, and since the first of the others. */
  leastOlder: number | null;
  longest: number | null;
  customers: number;
  buyers: number;
  /** Subscriptions of theirs, by the length of their periods. */
  subscriptions: { periodDays: number; subscriptions: number }[];
}

/** `day` is counted from 1970. */
export function wonBefore(day: number, { others, subscribers }: CustomersOn): WonCustomers {
  let [known, older, customers, buyers] = [0, 0, 0, 0];
  let leastOlder: number | null = null;
  let longest: number | null = null;
  const began = new Map<number, number>();
  const isNew = (firstDay: number) => {
    known++;
    const days = day - firstDay + 1;
    if (days <= DAYS_OF_A_YEAR) {
      longest = Math.max(longest ?? 0, days);
      return true;
    }
    older++;
    leastOlder = Math.min(leastOlder ?? Infinity, days);
    return false;
  };
  for (const firstDay of others.firstDay)
    if (isNew(firstDay)) {
      customers++;
      buyers++;
    }
  const { statistics, contracts, firstContract } = subscribers;
  for (let row = 0; row < statistics.size; row++) {
    const [from, to] = [firstContract[row]!, firstContract[row + 1]!];
    let firstDay = statistics.firstDay[row]!;
    for (let contract = from; contract < to; contract++)
      firstDay = Math.min(firstDay, contracts.startedDay[contract]!);
    if (!isNew(firstDay)) continue;
    customers++;
    if (statistics.orderDays[row]! > 0) buyers++;
    for (let contract = from; contract < to; contract++) {
      const periodDays = contracts.periodDays[contract]!;
      began.set(periodDays, (began.get(periodDays) ?? 0) + 1);
    }
  }
  return {
    known,
    older,
    leastOlder,
    longest,
    customers,
    buyers,
    subscriptions: [...began].map(([periodDays, subscriptions]) => ({ periodDays, subscriptions })),
  };
}

/** What a version of the models expects of the customers of a year to come. */
export async function expectedOf(
  client: pg.ClientBase,
  { known, older, leastOlder, longest, customers, buyers, subscriptions }: WonCustomers,
  { version }: FittedModels,
): Promise<Step> {
  const won = `select $1::int as known, $2::int as older, $3::int as least_older, $4::int as longest,
                      $5::int as won_customers, $6::int as won_buyers, $7::jsonb as won_subscriptions`;
  const { rows } = await client.query<Step>(
    `select customers, (equity * 100)::float8 as amount from (${futureOf(won, '$8::int')}) expected`,
    [known, older, leastOlder, longest, customers, buyers, JSON.stringify(subscriptions), version],
  );
  return rows[0]!;
}

/** How what is expected of customers to come became what is expected later: start + pace + reestimated = end. */
export interface FutureChange {
  start: Step;
  /** Customers were won faster or slower, or others. */
  pace: Step;
  reestimated: Step;
  end: Step;
}

const less = (one: Step, other: Step): Step => ({
  customers: one.customers - other.customers,
  amount: one.amount - other.amount,
});

/** From a day to a later one. What changed in who was won is told by the models of the first day, as in the waterfall. */
export function futureChange(before: Step, after: Step, afterByLaterModels: Step): FutureChange {
  return {
    start: before,
    pace: less(after, before),
    reestimated: less(afterByLaterModels, after),
    end: afterByLaterModels,
  };
}
