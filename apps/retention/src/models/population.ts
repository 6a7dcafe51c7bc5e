import type { Query } from '@perennial/read-models';
import { reportingCurrency } from '../money/conversion.view.js';

/** Who there is to fit models to. */
export interface Customers {
  customers: number;
  orderDays: number;
  /** Currency that values are told in. */
  currency: string;
  /** Day (UTC) of the latest order. */
  lastOrderDay: string;
}

/** Undefined while nobody has ordered. */
export async function customersWithOrders(query: Query): Promise<Customers | undefined> {
  const [found] = await query<Customers>(
    `select count(distinct customer_id)::int as customers, sum(order_days)::int as "orderDays", r.currency,
            (max(last_order_at) at time zone 'UTC')::date::text as "lastOrderDay"
       from purchases cross join (${reportingCurrency.sql}) r
      where orders > 0
      group by r.currency`,
  );
  return found;
}
