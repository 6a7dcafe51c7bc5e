import type { Query } from '@perennial/read-models';

/** Who there is to fit models to. */
export interface Customers {
  customers: number;
  orderDays: number;
  /** Currency of most orders; values are told in it. */
  currency: string;
  /** Day (UTC) of the latest order. */
  lastOrderDay: string;
}

/** Undefined while nobody has ordered. */
export async function customersWithOrders(query: Query): Promise<Customers | undefined> {
  const [found] = await query<Customers>(
    `select (sum(customers) over all_currencies)::int as customers,
            (sum(order_days) over all_currencies)::int as "orderDays", currency,
            (max(last_order_day) over all_currencies)::text as "lastOrderDay"
       from (select currency, count(*) as customers, sum(order_days) as order_days, sum(orders) as orders,
                    (max(last_order_at) at time zone 'UTC')::date as last_order_day
               from purchases where orders > 0 group by currency) by_currency
     window all_currencies as ()
      order by orders desc, currency limit 1`,
  );
  return found;
}
