import type pg from 'pg';

/** How much of what customers bought has a value in the reporting currency. */
export interface ValuedPart {
  /** Part of the orders and subscriptions: 0 to 1. */
  part: number;
  /** In words, which rates are missing: each currency with what waits for it. */
  missing: string;
}

/** Asked where other currencies are in use; it looks at all orders. */
export async function valuedPart(client: pg.ClientBase): Promise<ValuedPart> {
  const { rows } = await client.query<{ all: number; without: number; missing: string | null }>(
    `select (select coalesce(sum(orders), 0) from retention.purchase_day)::float8
              + (select count(*) from retention.subscription_life)::float8 as "all",
            coalesce(sum(orders + subscriptions), 0)::float8 as without,
            string_agg(format('%s (%s orders, %s refunds, %s subscriptions, from %s on)', currency, orders, returns, subscriptions, "from"), ', '
                       order by orders + subscriptions desc, currency) as missing
       from retention.missing_rate`,
  );
  const { all, without, missing } = rows[0]!;
  return { part: all > 0 ? 1 - without / all : 1, missing: missing ?? '' };
}
