import type { AnalystView } from '@perennial/read-models';
import { relationshipDays } from '../scores/relationship.js';

/** What each customer is worth, beside where it came from. */
export const customerEquity: AnalystView = {
  name: 'customer_equity',
  comment:
    'What each customer is worth, beside where it came from: sum lifetime_value by any of the other columns to see where customer equity comes from.',
  columns: {
    customer_id: 'the customer',
    as_of: 'the score knows orders up to the end of this day (UTC)',
    lifetime_value: 'value of everything that is still to come, discounted to that day',
    subscription_lifetime_value: 'the part of subscriptions in it; empty of who never subscribed',
    currency: 'its currency: ISO 4217 code',
    value_so_far: 'what the customer has left so far, of orders and subscriptions, never below 0',
    won_on: 'day of the first order or subscription',
    risk: 'band of churn risk: low, elevated or high',
    group: 'relationship group: true friend, butterfly, barnacle or stranger',
    cohort: 'first day of the month of the first order or subscription',
    channel: 'where the first order was placed: web, store, phone …; empty if nobody said',
    source:
      'who sent the customer to the first order: partner, newsletter, search engine …; empty if nobody said',
    partner: 'the partner who did, where it was one (utm_medium partner, affiliate or referral)',
    product: 'first product of the first order: its code in capitals',
    category: 'category of that product',
  },
  sql: `
    select s.customer_id, s.as_of, s.lifetime_value, s.subscription_lifetime_value, s.currency, s.value_so_far,
           s.as_of - ${relationshipDays}, s.risk_band, g."group", date_trunc('month', (s.as_of - ${relationshipDays})::timestamp)::date, f.channel, f.source, f.partner, f.line ->> 0,
           coalesce(product.category, f.line ->> 3)
      from scores s
      left join (
        select distinct on (customer_id) customer_id, channel, source, partner, lines -> 0 as line
          from (select customer_id, min(first_order_at) as first_order_at from purchases where orders > 0 group by customer_id) bought
          join subject using (customer_id)
          join retention_tables."order" o on o.subject_id = subject.subject_id and placed_at = first_order_at and cancelled_at is null
         order by customer_id, order_id, o.subject_id
      ) f using (customer_id)
      left join relationship_group g using (customer_id)
      left join product on product.sku = f.line ->> 0`,
};
