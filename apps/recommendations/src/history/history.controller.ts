import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';

class HistoryQuery {
  @Field.integer({
    description: 'How many to answer at most; absent: 100.',
    min: 1,
    max: 1000,
    optional: true,
  })
  limit = 100;
}

class BoughtProduct {
  @Field.text({ description: 'Product code in capitals.' }) sku!: string;
  @Field.text({ description: 'Name.' }) name!: string;
  @Field.integer({ description: 'Orders with it, neither cancelled nor returned.' }) orders!: number;
  @Field.time({ description: 'When it was bought first.' }) firstBoughtAt!: Date;
  @Field.time({ description: 'When it was bought last.' }) lastBoughtAt!: Date;
}

@Controller('api/recommendations/customers')
@Allow('reader')
export class HistoryController {
  constructor(@InjectDataSource('recommendations') private readonly recommendations: DataSource) {}

  /** What a customer has bought, the latest first. */
  @Get(':id/history')
  @Answers([BoughtProduct])
  async history(
    @Param('id', ParseUUIDPipe) id: string,
    @Query() { limit }: HistoryQuery,
  ): Promise<BoughtProduct[]> {
    const customer = await currentCustomer(this.recommendations, id);
    return this.recommendations.query<BoughtProduct[]>(
      `select bought.sku, coalesce(max(product.name), bought.sku) as name, count(distinct order_id)::int as orders,
              min(placed_at) as "firstBoughtAt", max(placed_at) as "lastBoughtAt"
         from subject
         join basket using (subject_id)
        cross join unnest(skus) as bought(sku)
         left join product on product.sku = bought.sku
        where customer_id = $1 and placed_at is not null and cancelled_at is null
        group by bought.sku
        order by max(placed_at) desc, bought.sku limit $2`,
      [customer, limit],
    );
  }
}
