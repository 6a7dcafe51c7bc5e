import { AggregateTable, GroupKey, Total } from '@perennial/read-models';
import { Basket } from '../baskets/basket.facts.js';

/**
 * The largest table by far: a pair stands in it once, and nothing else does. The second index, on a column
 * of many equal values, is small (B-tree deduplication) and finds the pairs in which a product comes second.
 * Baskets of 50 products have 1,225 pairs each, so this is where projecting orders spends its time.
 */
@AggregateTable('item_pair', {
  comment: 'One row a pair of products that were bought together: in how many baskets.',
  from: Basket,
  indexes: [['skuB']],
})
export class ItemPair {
  @GroupKey('text', 'code of one product, in capitals') skuA!: string;
  @GroupKey('text', 'code of the other; later in the alphabet') skuB!: string;
  @Total('integer', 'orders with both, neither cancelled nor returned') baskets!: number;

  static sql = `
    select a.sku, b.sku, count(*)
      from :rows o, unnest(o.skus) as a(sku), unnest(o.skus) as b(sku)
     where a.sku < b.sku and o.placed_at is not null and o.cancelled_at is null
     group by 1, 2`;
}
