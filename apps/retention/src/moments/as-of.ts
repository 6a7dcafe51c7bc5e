import { Field, RequestProblem } from '@perennial/service';

/** SQL: the last day with an order (UTC): what "today" is for data that end some time ago. */
export const lastOrderDay = `(select (max(last_order_at) at time zone 'UTC')::date from purchases)`;

/** The day of a query that computes as of one. */
export const AsOf = (absent = 'the last day with an order') =>
  Field.day({ description: `Day (UTC) as of which is computed; absent: ${absent}.`, optional: true });

export class AsOfQuery {
  @AsOf() asOf?: string;
}

/** Two days to compare. */
export class BetweenQuery {
  @Field.day({ description: 'The earlier day (UTC): as it was at its end.', example: '2026-01-01' })
  from!: string;
  @Field.day({ description: 'The later day, at its end.' }) to!: string;
}

/** The two days that were asked for. Throws a problem (400) also where the later one is earlier. */
export function daysOf({ from, to }: BetweenQuery): [from: string, to: string] {
  if (from > to)
    throw new RequestProblem(400, 'invalid-request', `from (${from}) is after to (${to}): swap the two.`);
  return [known(from, 'from'), known(to, 'to')];
}

/** The day that was asked for; null for none. Throws a problem (400) for one that is still to come. */
export const dayOf = (asOf: string | undefined): string | null =>
  asOf === undefined ? null : known(asOf, 'asOf');

/** What will be known on a day that is still to come nobody can tell. */
function known(day: string, name: string): string {
  const today = new Date().toISOString().slice(0, 10);
  if (day > today)
    throw new RequestProblem(
      400,
      'invalid-request',
      `${name} (${day}) is still to come: today is ${today} in UTC. Ask for that day or an earlier one.`,
    );
  return day;
}
