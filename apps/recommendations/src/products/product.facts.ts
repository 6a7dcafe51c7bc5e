import { skuKey } from '@perennial/events';
import { Computed, FactTable, facts, Key, Latest, Max, Min } from '@perennial/read-models';

/** Listings come under the product's own subject, on another shard than the orders: the two meet when read. */
@FactTable('product', {
  comment: 'One row a product, as it was listed last. Codes that differ only in case are one product.',
})
export class Product {
  @Key('text', 'product code in capitals') sku!: string;
  @Latest('text', 'product code as its publisher spells it') code?: string;
  @Latest('text', 'name in the latest listing') listedName?: string;
  @Min('text', 'a name under which an order sold it, for products that were never listed') soldName?: string;
  @Latest('text', 'category in the latest listing; levels parted by " / "') category?: string | null;
  @Latest('text', 'brand or maker in the latest listing') brand?: string | null;
  @Latest('numeric', 'price of one piece in the latest listing') price?: string | null;
  @Latest('text', 'currency of the price, ISO 4217') currency?: string | null;
  @Latest('text', 'address of a picture') imageUrl?: string | null;
  @Latest('text', 'address of the product page') url?: string | null;
  @Latest('timestamptz', 'when it came, or comes, on the market') releasedAt?: string | null;
  @Max('timestamptz', 'when it was listed last') listedAt?: string;
  @Max('timestamptz', 'when it was withdrawn last') withdrawnAt?: string;
  @Computed(
    'text',
    'coalesce(listed_name, sold_name, sku)',
    'name for people: as listed, as sold, or the code',
  )
  name!: string;
  @Computed(
    'boolean',
    'withdrawn_at is null or coalesce(listed_at > withdrawn_at, false)',
    'false from its withdrawal until it is listed again',
  )
  onSale!: boolean;
}

export const products = facts(Product, {
  // All that is known: what the latest listing leaves out is no longer so.
  'product.listed': ({ data, time }) => ({
    sku: skuKey(data.sku),
    code: data.sku,
    listedName: data.name,
    category: data.category ?? null,
    brand: data.brand ?? null,
    price: data.price?.amount ?? null,
    currency: data.price?.currency ?? null,
    imageUrl: data.imageUrl ?? null,
    url: data.url ?? null,
    releasedAt: data.releasedAt ?? null,
    listedAt: time,
  }),
  'product.withdrawn': ({ data, time }) => ({ sku: skuKey(data.sku), withdrawnAt: time }),
  'order.placed': ({ data }) =>
    data.lines.flatMap(({ sku, name, charge }) =>
      name !== undefined && !charge ? [{ sku: skuKey(sku), soldName: name }] : [],
    ),
});
