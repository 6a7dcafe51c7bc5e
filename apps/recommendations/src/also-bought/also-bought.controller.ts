import { Controller, Get, Param, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { skuKey } from '@perennial/events';
import { Allow, Answers, Field, Refused } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { productByCode, ProductParameter } from '../products/products.controller.js';

class AlsoBoughtQuery {
  @Field.integer({ description: 'How many to answer at most; absent: 10.', min: 1, max: 100, optional: true })
  limit = 10;
}

class AlsoBoughtItem {
  @Field.text({ description: 'Product code in capitals.' }) sku!: string;
  @Field.text({ description: 'Name.' }) name!: string;
  @Field.integer({ description: 'Orders with both.' }) basketsTogether!: number;
  @Field.integer({ description: 'Orders with this product.' }) baskets!: number;
  @Field.number({ description: 'How many times as often together as by chance.' }) lift!: number;
  @Field.number({ description: 'What the list is sorted by: 0 to 1.' }) score!: number;
  @Field.text({
    description: 'Why.',
    example: 'bought together in 132 orders; 4.1 times as often as chance',
  })
  reason!: string;
}

class AlsoBoughtAnswer {
  @Field.text({ description: 'Product code in capitals.' }) sku!: string;
  @Field.text({ description: 'Name.' }) name!: string;
  @Field.object({ description: 'The strongest first.', of: () => AlsoBoughtItem, list: true })
  items!: AlsoBoughtItem[];
}

@Controller('api/recommendations/products')
@Allow('reader')
export class AlsoBoughtController {
  constructor(@InjectDataSource('recommendations') private readonly recommendations: DataSource) {}

  /** Customers who bought this also bought: what is on sale and goes with it more often than by chance. */
  @Get(':sku/also-bought')
  @Answers(AlsoBoughtAnswer)
  async alsoBought(
    @Param() { sku }: ProductParameter,
    @Query() { limit }: AlsoBoughtQuery,
  ): Promise<AlsoBoughtAnswer> {
    const key = skuKey(sku);
    const [product] = await this.recommendations.query<{ name: string }[]>(productByCode('name'), [key]);
    if (!product)
      throw new Refused('unknown-product', 'No product with this code was listed or bought.', 'missing');
    const items = await this.recommendations.query<AlsoBoughtItem[]>(
      `select also_sku as sku, also_name as name, baskets_together as "basketsTogether", also_baskets as baskets,
              lift, score, reason
         from also_bought
        where sku = $1 and also_on_sale and lift > 1
        order by score desc, also_sku limit $2`,
      [key, limit],
    );
    return { sku: key, name: product.name, items };
  }
}
