import type { AnalystView } from '@perennial/read-models';
import { ordersOfCustomers } from '../purchases/order.facts.js';

/** What was bought, product by product. */
export const orderLines: AnalystView = {
  name: 'order_line',
  comment:
    'One row a line of an order that was placed and not cancelled: products only, no postage, fees or vouchers.',
  columns: {
    customer_id: 'the customer',
    order_id: 'order number',
    placed_at: 'when the order was placed',
    day: 'day on which it was placed, in UTC',
    sku: 'product code in capitals',
    category: 'category of the product: as it was listed last, else as the order says',
    quantity: 'pieces',
    price: 'price of one piece',
    amount: 'quantity times price, before discounts on the order',
    currency: 'currency of the amounts: ISO 4217 code',
  },
  sql: `
    select customer_id, order_id, placed_at, (placed_at at time zone 'UTC')::date, line ->> 0,
           coalesce(product.category, line ->> 3), (line ->> 1)::numeric, (line ->> 2)::numeric,
           (line ->> 1)::numeric * (line ->> 2)::numeric, currency
      from (${ordersOfCustomers({ order: 'retention_tables."order"', where: 'true', lines: true })}) ordered
     cross join lateral jsonb_array_elements(lines) line
      left join product on product.sku = line ->> 0`,
};
