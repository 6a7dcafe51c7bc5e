import type { Histories } from '@perennial/lifetime-value';
import type pg from 'pg';
import { ordersOfCustomers } from '../purchases/order.facts.js';
import { readRows } from './binary-copy.js';
import { orderMarginsOf, orderValue, type ValueBasis } from './customer-value.js';

/** Bands of churn risk, in the order in which they are numbered. */
export const BANDS = ['low', 'elevated', 'high'] as const;
export type Band = (typeof BANDS)[number];
/** In place of a band's number: none was announced. */
export const NO_BAND = -1;

/** What scores are computed from: one row a customer with orders, in columns. */
export interface Statistics {
  readonly size: number;
  /** Sixteen bytes a customer. */
  readonly customerId: Buffer;
  /** Days since 1970. */
  readonly firstDay: Int32Array;
  readonly lastDay: Int32Array;
  /** Different days (UTC) with orders. */
  readonly orderDays: Int32Array;
  /** What the customer paid, less refunds, never below 0; in the reporting currency. */
  readonly value: Float64Array;
  /** Number of the band that was announced last, or `NO_BAND`. */
  readonly announced: Int8Array;
  /** Latest day on which something else was said of them, such as the start of a subscription. */
  readonly knownDay?: Int32Array;
}

/** Columns of a query, in the order in which they are read; see `readStatistics`. */
const columns = `customer_id, first_day, last_day, order_days::int4, value::float8, announced::int4`;
/** Bytes of such a row: four of length before each field. */
const WIDTH = 4 + 16 + 3 * (4 + 4) + (4 + 8) + (4 + 4);

/** Reads rows that a query gives under the names of the columns above. */
export async function readStatistics(client: pg.ClientBase, query: string): Promise<Statistics> {
  let capacity = 1024;
  let size = 0;
  let read = empty(capacity);
  await readRows(client, `select ${columns} from (${query}) statistics`, WIDTH, (row, offset) => {
    if (size === capacity) {
      capacity *= 2;
      read = grown(read, empty(capacity));
    }
    row.copy(read.customerId, size * 16, offset + 4, offset + 20);
    read.firstDay[size] = row.readInt32BE(offset + 24);
    read.lastDay[size] = row.readInt32BE(offset + 32);
    read.orderDays[size] = row.readInt32BE(offset + 40);
    read.value[size] = row.readDoubleBE(offset + 48);
    read.announced[size] = row.readInt32BE(offset + 60);
    size++;
  });
  return {
    size,
    customerId: read.customerId.subarray(0, size * 16),
    firstDay: read.firstDay.subarray(0, size),
    lastDay: read.lastDay.subarray(0, size),
    orderDays: read.orderDays.subarray(0, size),
    value: read.value.subarray(0, size),
    announced: read.announced.subarray(0, size),
  };
}

type Columns = Omit<Statistics, 'size' | 'knownDay'>;

const empty = (capacity: number): Columns => ({
  customerId: Buffer.alloc(capacity * 16),
  firstDay: new Int32Array(capacity),
  lastDay: new Int32Array(capacity),
  orderDays: new Int32Array(capacity),
  value: new Float64Array(capacity),
  announced: new Int8Array(capacity),
});

function grown(from: Columns, to: Columns): Columns {
  from.customerId.copy(to.customerId);
  for (const column of ['firstDay', 'lastDay', 'orderDays', 'value', 'announced'] as const)
    to[column].set(from[column]);
  return to;
}

/** A part of the customers: the rows from one on, before another. */
export const part = (of: Statistics, from: number, to: number): Statistics => ({
  size: Math.min(to, of.size) - from,
  customerId: of.customerId.subarray(from * 16, to * 16),
  firstDay: of.firstDay.subarray(from, to),
  lastDay: of.lastDay.subarray(from, to),
  orderDays: of.orderDays.subarray(from, to),
  value: of.value.subarray(from, to),
  announced: of.announced.subarray(from, to),
  ...(of.knownDay && { knownDay: of.knownDay.subarray(from, to) }),
});

/** A customer is never older than the day of its scores, nor younger than what is known of it. */
export const scoredOn = ({ lastDay, knownDay }: Statistics, row: number, asOf: number): number =>
  Math.max(asOf, lastDay[row]!, knownDay ? knownDay[row]! : asOf);

/** The customers as the models see them on a day (since 1970). */
export function historiesOf(statistics: Statistics, asOf: number): Histories {
  const { size, firstDay, lastDay, orderDays } = statistics;
  const frequency = new Int32Array(size);
  const recency = new Int32Array(size);
  const age = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    frequency[row] = orderDays[row]! - 1;
    recency[row] = lastDay[row]! - firstDay[row]!;
    age[row] = scoredOn(statistics, row, asOf) - firstDay[row]!;
  }
  return { size, frequency, recency, age, weight: new Float64Array(size).fill(1), periodDays: 1 };
}

/** SQL: number of the day (UTC) of a time, counted from 1970. */
export const dayNumberOf = (time: string) => `(${time} at time zone 'UTC')::date - date '1970-01-01'`;

/** SQL: number of a band's name, as in `BANDS`. */
const bandNumber = `coalesce(array_position(array['${BANDS.join("', '")}'], band) - 1, ${NO_BAND})`;

/**
 * What all customers, or those of a condition on `customer_id`, have bought until now. Where nobody pays in another
 * currency, everybody has one row of purchases with orders, and nothing has to be brought together; where orders are valued one by one,
 * a table may have the rows of `valuedByOrder` already.
 */
export function currentStatisticsSql(basis: ValueBasis, where = 'true', kept?: string): string {
  const valued = kept ? `select * from ${kept} where ${where}` : valuedSql(basis, where);
  return `select customer_id, first_day, last_day, order_days, greatest(0, value) as value, ${bandNumber} as announced
            from (${valued}) valued left join risk_announcement r on r.subject_id = customer_id`;
}

const bought = (where: string) => `from purchases bought where orders > 0 and ${where}`;

const valuedSql = (basis: ValueBasis, where: string) =>
  basis.byOrder
    ? valuedByOrder(basis, where)
    : `select customer_id, ${dayNumberOf('first_order_at')} as first_day, ${dayNumberOf('last_order_at')} as last_day,
              order_days, net_revenue * ${basis.marginRate} as value
         ${bought(where)}`;

/** The days of one with orders in two currencies are counted from the orders: a day with both is one. */
export function valuedByOrder(basis: ValueBasis, where = 'true'): string {
  const days = `select count(distinct ${dayNumberOf('placed_at')})
                  from (${ordersOfCustomers({ order: '"order"', where: 'customer_id = bought.customer_id' })}) ordered`;
  return `
    select customer_id, first_day, last_day, order_days, left_over as value
      from (select customer_id, min(${dayNumberOf('first_order_at')}) as first_day, max(${dayNumberOf('last_order_at')}) as last_day,
                   case when count(*) = 1 then max(order_days) else (${days}) end as order_days
              ${bought(where)}
             group by customer_id) days
      left join (select customer_id, sum(${orderValue(basis)}) as left_over
                   from (${orderMarginsOf(where, basis.currency)}) m
                  group by customer_id) margins using (customer_id)`;
}
