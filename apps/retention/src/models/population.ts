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
  /** How many exchange rates are known. */
  exchangeRates: number;
  /** Day (UTC) of the latest order, or of what was said of a subscription last. */
  lastKnownDay: string;
}

/** Counting takes a second or two of a million customers: what was found holds for so long, in milliseconds a customer. */
const HOLDS_FOR = 0.1;

/** Until when a count, made now, is good enough to tell whether customers have changed; in milliseconds. */
export const holdsUntil = (now: number, { customers, subscriptions }: Customers): number =>
  now + HOLDS_FOR * (customers + subscriptions);

/**
 * Counts them up to the end of a day (UTC), the last one that is over, as a fit would find them. Undefined while nobody
 * has ordered or subscribed at all. It counts without sorting customers: somebody has several rows of purchases only
 * where several currencies are in use.
 */
export async function customersKnown(query: Query, until: string): Promise<Customers | undefined> {
  const [found] = await query<Customers>(
    `with bought as materialized (
       select (count(*) filter (where first_order_at < over_at))::int as rows,
              (sum(order_days) - count(*) filter (where last_order_at >= over_at))::int as order_days,
              (max(last_order_at) at time zone 'UTC')::date as day,
              min(currency collate "C") < max(currency collate "C") as in_several_currencies
         from purchases cross join (select ($1::date + 1)::timestamp at time zone 'UTC' as over_at) d
        where orders > 0
     ), again as (
       select count(*)::int as rows from purchases p
        where orders > 0 and first_order_at < ($1::date + 1)::timestamp at time zone 'UTC'
          and (select in_several_currencies from bought)
          and exists (select from purchases o
                       where o.customer_id = p.customer_id and o.currency < p.currency and o.orders > 0
                         and o.first_order_at < ($1::date + 1)::timestamp at time zone 'UTC')
     ), life as (
       select (min(started_at) at time zone 'UTC')::date as started_on,
              (max(cancelled_at) at time zone 'UTC')::date as cancelled_on,
              (array_agg(cancelled order by cancelled_stamp desc nulls last))[1] as cancelled,
              (array_agg(ends_on order by ends_on_stamp desc nulls last))[1] as ends_on
         from subscription join subject using (subject_id)
        group by customer_id, subscription_id
       having min(started_at) is not null
     ), subscribed as (
       select (count(*) filter (where started_on <= $1::date))::int as subscriptions,
              (count(*) filter (where cancelled and greatest(started_on, least(cancelled_on, ends_on)) <= $1::date))::int as ended,
              greatest(max(started_on), max(cancelled_on)) as day
         from life
     )
     select bought.rows - again.rows as customers, coalesce(order_days, 0) as "orderDays", subscriptions,
            ended as "endedSubscriptions", r.currency,
            (select count(*) from exchange_rate)::int as "exchangeRates",
            greatest(bought.day, subscribed.day, (select max(period_from) from subscription_renewal))::text as "lastKnownDay"
       from bought cross join again cross join subscribed cross join (${reportingCurrency.sql}) r
      where bought.day is not null or subscribed.day is not null`,
    [until],
  );
  return found;
}
