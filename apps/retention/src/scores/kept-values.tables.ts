import type { PolicyTable } from '@perennial/read-models';

/** Each customer's orders, where they are valued one by one. */
export const KEPT_ORDERS = 'kept_orders';
/** What was agreed and paid in each subscription. */
export const KEPT_CONTRACTS = 'kept_contracts';
/** What the rows of both are kept for. */
export const KEPT_FOR = 'kept_for';
/** Exchange rates and costs of products by which they were made. */
export const KEPT_PRICES = 'kept_prices';
/** Orders whose costs were stated: their customers are looked for at the next scoring of everybody. */
export const ORDER_COST_DUE = 'order_cost_due';

/** What scoring keeps, so that a night need not look at each order and renewal again; see `kept-values.ts`. */
export const keptTables: readonly PolicyTable[] = [
  {
    name: KEPT_ORDERS,
    comment:
      'What the orders of each customer left, as valued last: days counted from 1970, value in the currency of the models.',
    columns:
      'customer_id uuid primary key, first_day integer not null, last_day integer not null, order_days integer not null, value float8',
  },
  {
    name: KEPT_CONTRACTS,
    comment:
      'What was agreed in each subscription, how often it was renewed, as added up last, and what was paid for that in the currency of the models.',
    columns: `customer_id uuid, subscription_id text, started_on date not null, over_on date, cancelled_on date, period_days numeric, price numeric,
              currency text, renewals bigint, renewed_on date, paid numeric, primary key (customer_id, subscription_id)`,
  },
  {
    name: KEPT_FOR,
    comment:
      'By which statements, and of tables of which time, the rows of kept_orders and kept_contracts were made: one row.',
    columns: 'what text primary key, statements text not null, built_at timestamptz not null',
  },
  {
    name: KEPT_PRICES,
    comment:
      'Exchange rates and costs of products as they were known when everybody was scored last: what it is, of which currency or product, on which days, and what was told.',
    columns: 'what text not null, of text not null, days daterange not null, told text not null',
  },
  {
    name: ORDER_COST_DUE,
    comment: 'Orders whose costs were stated since everybody was scored last.',
    columns: 'order_id text not null',
  },
];
