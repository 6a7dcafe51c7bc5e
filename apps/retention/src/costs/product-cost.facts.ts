import { skuKey } from '@perennial/events';
import { FactTable, facts, Key, Latest, type AnalystView } from '@perennial/read-models';

@FactTable('product_cost', {
  comment: 'One row a product and day from which a cost holds; what was stated last of it.',
})
export class ProductCost {
  @Key('text', 'product code in capitals') sku!: string;
  @Key('date', 'first day on which the cost holds') validFrom!: string;
  @Latest('numeric', 'cost of one piece') cost?: string;
  @Latest('text', 'currency of the cost: ISO 4217 code') currency?: string;
}

export const productCosts = facts(ProductCost, {
  'product.cost.stated': ({ data: { sku, cost, validFrom }, time }) => ({
    sku: skuKey(sku),
    validFrom: validFrom ?? time.slice(0, 10),
    cost: cost.amount,
    currency: cost.currency,
  }),
});

export const productCostPeriods: AnalystView = {
  name: 'product_cost_period',
  comment:
    'What one piece of each product costs, by period. Join by sku and valid_from <= day < valid_until.',
  columns: {
    sku: 'product code in capitals',
    valid_from: 'first day on which the cost holds',
    valid_until: 'first day on which the next cost holds; infinity without one',
    cost: 'cost of one piece',
    currency: 'currency of the cost: ISO 4217 code',
  },
  sql: `
    select sku, valid_from,
           coalesce(lead(valid_from) over (partition by sku order by valid_from), 'infinity'), cost, currency
      from product_cost`,
};
