import type { EquityPart } from './equity.answers.js';
import { DIMENSIONS, type Dimension } from './equity-part.view.js';

/** Most parts of an answer. */
export const LISTED = 1000;

/** SQL: parts of a dimension ($1), those with the most equity first; those after a number of them ($2) are one row. */
export const partsSql = `
  with ranked as (
    select *, least(row_number() over (order by equity desc, part), $2::int + 1)::int as place
      from equity_part where dimension = $1
  )
  select place, count(*)::int as parts, json_build_object(
           'part', case when place <= $2::int then min(part) end,
           'customers', sum(customers)::int,
           'lifetimeValue', sum(lifetime_value)::text,
           'averageLifetimeValue', round(sum(lifetime_value) / nullif(sum(customers), 0), 2)::text,
           'futureCustomers', sum(future_customers)::int,
           'valueOfNewCustomer', case when count(*) = 1 then min(value_of_new_customer)
             else round(sum(value_of_new_customer * future_customers) / nullif(sum(future_customers), 0), 2) end::text,
           'futureEquity', sum(future_equity)::text,
           'equity', sum(equity)::text,
           'share', round(sum(equity) / nullif(sum(sum(equity)) over (), 0), 4)::text) as part
    from ranked group by place order by place`;

export interface PlacedPart {
  place: number;
  /** How many parts it is. */
  parts: number;
  /** Plain JSON, no instance of the class. */
  part: Pick<EquityPart, keyof EquityPart>;
}

export interface FutureOfParts {
  futureEquity: string;
  currency: string | null;
  /** Days in which customers were won whose number the forecast follows from. */
  withinDays: number;
}

/** What became of customers to come, in a sentence. */
export function futureRule(by: Dimension, { futureEquity, currency, withinDays }: FutureOfParts): string {
  const worth = `${futureEquity}${currency ? ` ${currency}` : ''}`;
  switch (DIMENSIONS[by]) {
    case 'by part':
      return `Customers of the next year (worth ${worth}) are split as those who were won in the last ${withinDays} days: by how many came by each part, and what these are worth since their first day. It is assumed that as many will come the same ways.`;
    case 'one part':
      return `Customers of the next year (worth ${worth}) are one part, "future": their cohorts are still to come.`;
    case 'none':
      return `Customers of the next year (worth ${worth}) are in no part, as they have no ${by === 'risk' ? 'churn risk' : by} yet: the parts add up to what present customers are worth.`;
  }
}
