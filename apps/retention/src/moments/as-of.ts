import { Field, RequestProblem } from '@perennial/service';

/** SQL: the last day with an order (UTC): what "today" is for data that end some time ago. */
export const lastOrderDay = `(select (max(last_order_at) at time zone 'UTC')::date from purchases)`;

export class AsOfQuery {
  @Field.text({
    description: 'Day (UTC) as of which is computed; absent: the last day with an order.',
    pattern: /^\d{4}-\d{2}-\d{2}$/,
    example: '2026-03-31',
    optional: true,
  })
  asOf?: string;
}

/** Two days that were asked for. Throws a problem (400) also where the later one is earlier. */
export function daysOf({ from, to }: { from?: string; to?: string }): [string | null, string | null] {
  if (from !== undefined && to !== undefined && from > to)
    throw new RequestProblem(400, 'invalid-request', `from (${from}) is after to (${to}).`);
  return [dayOf(from, 'from'), dayOf(to, 'to')];
}

/**
 * The day that was asked for; null for none. Throws a problem (400) for what is not a day of the calendar, and for one
 * that is still to come: what will be known then nobody can tell.
 */
export function dayOf(day: string | undefined, name = 'asOf'): string | null {
  if (day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) !== day)
    throw new RequestProblem(400, 'invalid-request', `${name} is not a day of the calendar.`);
  const today = new Date().toISOString().slice(0, 10);
  if (day !== undefined && day > today)
    throw new RequestProblem(
      400,
      'invalid-request',
      `${name} (${day}) is still to come: today is ${today} in UTC. Ask for that day or an earlier one.`,
    );
  return day ?? null;
}
