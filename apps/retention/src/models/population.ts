import type { Query } from '@perennial/read-models';
import { reportingCurrency } from '../money/conversion.view.js';

/** Who there is to fit models to. */
export interface Customers {
  customers: number;
  orderDays: number;
  subscriptions: number;
  endedSubscriptions: number;
  /** Currency that values are told in. */
  currency: string;
  /** Day (UTC) of the latest order, or of what was said of a subscription last. */
  lastKnownDay: string;
}

/** Undefined while nobody has ordered or subscribed. */
export async function customersKnown(query: Query): Promise<Customers | undefined> {
  const [found] = await query<Customers>(
    `with bought as (
       select count(distinct customer_id)::int as customers, coalesce(sum(order_days), 0)::int as "orderDays",
              (max(last_order_at) at time zone 'UTC')::date as day
         from purchases where orders > 0
     ), subscribed as (
       select count(*)::int as subscriptions, count(ends_on)::int as "endedSubscriptions",
              greatest(max(started_on), max(last_renewed_for), max(cancelled_on)) as day
         from retention.subscription_life
     )
     select customers, "orderDays", subscriptions, "endedSubscriptions", r.currency,
            greatest(bought.day, subscribed.day)::text as "lastKnownDay"
       from bought cross join subscribed cross join (${reportingCurrency.sql}) r
      where customers > 0 or subscriptions > 0`,
  );
  return found;
}
