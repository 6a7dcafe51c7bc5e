import { Stamp } from '@perennial/read-models';

/** What counts as known of a day. */
export interface Known {
  /** The day (UTC): what happened later is not known. */
  day: string;
  /**
   * Which costs and exchange rates count: those stated by then, as it was known on that day; or all that are known
   * now, so that days can be compared though costs became known in between.
   */
  costs: 'stated by then' | 'known now';
}

/** The first moment after a day, in the form that times of events have. */
export const endOf = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) + 86_400_000).toISOString();

/** Tables of what was stated, with the stamp of the statement. */
const statements = [
  ['product_cost', 'cost_stamp'],
  ['order_cost', 'cost_stamp'],
  ['exchange_rate', 'rate_stamp'],
] as const;

/**
 * SQL: common table expressions that stand before the tables of the same names, with what was known of orders. A table
 * keeps what was stated last: of a total, a refund, a cost or a rate that was corrected later the correction is known.
 */
export function knownFacts({ day, costs }: Known): string {
  const end = endOf(day);
  const shadow = (table: string, sql: string) => `${table} as not materialized (${sql})`;
  return [
    shadow(
      '"order"',
      `select subject_id, order_id, placed_at, case when cancelled_at < '${end}' then cancelled_at end as cancelled_at,
              total, total_stamp, currency, currency_stamp, lines, lines_stamp
         from "order" where placed_at is null or placed_at < '${end}'`,
    ),
    shadow('order_return', `select * from order_return where returned_at < '${end}'`),
    ...(costs === 'known now' ? [] : statements).map(([table, stamp]) =>
      shadow(table, `select * from ${table} where ${stamp} < '\\x${Stamp.before(end).toString()}'`),
    ),
  ].join(',\n  ');
}
