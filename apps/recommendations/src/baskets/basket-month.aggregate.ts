import { AggregateTable, GroupKey, Total } from '@perennial/read-models';
import { Basket } from './basket.facts.js';

/** The number of all baskets, in rows small enough that writers seldom meet. */
@AggregateTable('basket_month', {
  comment: 'One row a month: how many baskets there were, and how large.',
  from: Basket,
})
export class BasketMonth {
  @GroupKey('date', 'first day of the month (UTC)') month!: string;
  @Total('integer', 'orders with at least one product, neither cancelled nor returned') baskets!: number;
  @Total('bigint', 'different products in each of them, added up') products!: string;

  static sql = `
    select date_trunc('month', placed_at at time zone 'UTC')::date, count(*), sum(cardinality(skus))
      from :rows b
     where placed_at is not null and cancelled_at is null and cardinality(skus) > 0
     group by 1`;
}
