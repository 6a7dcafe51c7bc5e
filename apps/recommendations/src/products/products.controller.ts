import { Controller, Get, Param, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { skuKey } from '@perennial/events';
import {
  Allow,
  Answers,
  Field,
  PageOf,
  PageQuery,
  Refused,
  invalidCursor,
  keyOf,
  pageOf,
} from '@perennial/service';
import type { DataSource } from 'typeorm';

/** PostgreSQL keeps no NUL in texts. */
const withoutNul = /^[^\u0000]*$/;

export class ProductParameter {
  @Field.text({ description: 'Product code, in whatever case.', maxLength: 200, pattern: withoutNul })
  sku!: string;
}

class ProductsQuery extends PageQuery {
  @Field.text({
    description: 'Part of the name or the code, in whatever case.',
    maxLength: 200,
    pattern: withoutNul,
    optional: true,
  })
  search?: string;
}

class ProductAnswer {
  @Field.text({ description: 'Product code in capitals.' }) sku!: string;
  @Field.text({ description: 'Product code as its publisher spells it.' }) code!: string;
  @Field.text({ description: 'Name.' }) name!: string;
  @Field.text({ description: 'Category; levels parted by " / ".', nullable: true }) category!: string | null;
  @Field.text({ description: 'Brand or maker.', nullable: true }) brand!: string | null;
  @Field.decimal({ description: 'Price of one piece.', nullable: true }) price!: string | null;
  @Field.text({ description: 'Currency of the price, ISO 4217.', nullable: true }) currency!: string | null;
  @Field.boolean({ description: 'Whether it can be bought now, as far as listings tell.' }) onSale!: boolean;
  @Field.integer({ description: 'Orders with it, neither cancelled nor returned.' }) baskets!: number;
}

class ProductPage extends PageOf(ProductAnswer) {}

const columns = 'sku, code, name, category, brand, price, currency, on_sale as "onSale", baskets';

/**
 * One product by its code in capitals, by way of both indexes: the view joins all products with all items,
 * which is right for lists.
 */
export const productByCode = (selected: string) => `
  select ${selected}
    from (select p.sku, p.code, p.name, p.category, p.brand, p.price, p.currency, p.on_sale, coalesce(i.baskets, 0) as baskets
            from product p left join item i using (sku) where p.sku = $1
           union all
          select i.sku, i.sku, i.sku, null, null, null, null, true, i.baskets
            from item i where i.sku = $1 and not exists (select from product p where p.sku = i.sku)) one`;

/** Where a page begins: after so many baskets and a code; before everything if there is no cursor. */
function keyOfProduct(after: string | undefined): readonly [number, string] {
  const key = keyOf(after, 2);
  if (key === undefined) return [2_147_483_647, ''];
  const [baskets, sku] = key;
  if (!Number.isSafeInteger(baskets) || typeof sku !== 'string' || !withoutNul.test(sku))
    throw invalidCursor();
  return [baskets as number, sku];
}

@Controller('api/recommendations/products')
@Allow('reader')
export class ProductsController {
  constructor(@InjectDataSource('recommendations') private readonly recommendations: DataSource) {}

  /** Products that were listed or bought, those bought most first. */
  @Get()
  @Answers(ProductPage)
  async products(@Query() { limit, after, search = '' }: ProductsQuery) {
    const [baskets, sku] = keyOfProduct(after);
    const rows = await this.recommendations.query<ProductAnswer[]>(
      `select ${columns} from products
        where (baskets < $1 or baskets = $1 and sku > $2)
          and ($3 = '' or strpos(lower(name || ' ' || sku collate "und-x-icu"), lower($3 collate "und-x-icu")) > 0)
        order by baskets desc, sku limit $4`,
      [baskets, sku, search, limit + 1],
    );
    return pageOf(rows, limit, (product) => [product.baskets, product.sku]);
  }

  /** One product. */
  @Get(':sku')
  @Answers(ProductAnswer)
  async product(@Param() { sku }: ProductParameter): Promise<ProductAnswer> {
    const [product] = await this.recommendations.query<ProductAnswer[]>(productByCode(columns), [
      skuKey(sku),
    ]);
    if (!product)
      throw new Refused('unknown-product', 'No product with this code was listed or bought.', 'missing');
    return product;
  }
}
