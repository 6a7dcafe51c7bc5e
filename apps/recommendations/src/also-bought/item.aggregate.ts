import { AggregateTable, GroupKey, Total } from '@perennial/read-models';
import { Basket } from '../baskets/basket.facts.js';

@AggregateTable('item', {
  comment:
    'One row a product that was bought: in how many baskets. Of a large order the first 50 products count.',
  from: Basket,
})
export class Item {
  @GroupKey('text', 'product code in capitals') sku!: string;
  @Total('integer', 'orders with it, neither cancelled nor returned') baskets!: number;

  static sql = `
    select sku, count(*)
      from :rows b, unnest(b.skus) as product(sku)
     where placed_at is not null and cancelled_at is null
     group by 1`;
}
