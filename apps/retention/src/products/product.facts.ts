import { skuKey } from '@perennial/events';
import { FactTable, facts, Key, Latest, Max, Min } from '@perennial/read-models';

@FactTable('product', {
  comment: 'One row a product, as it was listed last. Codes that differ only in case are one product.',
})
export class Product {
  @Key('text', 'product code in capitals') sku!: string;
  @Latest('text', 'name in the latest listing') name?: string;
  @Latest('text', 'category in the latest listing; levels parted by " / "') category?: string | null;
  @Min('timestamptz', 'when it was listed first') firstListedAt?: string;
  @Max('timestamptz', 'when it was listed last') listedAt?: string;
  @Max('timestamptz', 'when it was withdrawn last') withdrawnAt?: string;
}

export const products = facts(Product, {
  'product.listed': ({ data, time }) => ({
    sku: skuKey(data.sku),
    name: data.name,
    category: data.category ?? null,
    firstListedAt: time,
    listedAt: time,
  }),
  'product.withdrawn': ({ data, time }) => ({ sku: skuKey(data.sku), withdrawnAt: time }),
});
