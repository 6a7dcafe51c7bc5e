import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { amountKeyOf, currencyPart } from './amount.cursor.js';
import { CustomerPurchases, ListedPurchases, Summary, type PurchasesAnswer } from './purchases.answers.js';

class PurchasesPage extends PageOf(ListedPurchases) {}

const columns = `currency, orders, revenue::text, returns, refunded::text, net_revenue::text as "netRevenue",
  average_order_value::text as "averageOrderValue", order_days as "orderDays",
  first_order_at as "firstOrderAt", last_order_at as "lastOrderAt"`;

@Controller('api/retention')
@Allow('reader')
export class PurchasesController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** What customers bought and sent back, those with the highest revenue first. */
  @Get('customers')
  @Answers(PurchasesPage)
  async list(@Query() { limit, after }: PageQuery) {
    const rows = await this.retention.query<ListedPurchases[]>(
      `select customer_id as "customerId", ${columns} from purchases
        where $1::numeric is null or (purchases.revenue, customer_id, currency) < ($1::numeric, $2::uuid, $3)
        order by purchases.revenue desc, customer_id desc, currency desc limit $4`,
      [...amountKeyOf(after, currencyPart), limit + 1],
    );
    return pageOf(rows, limit, ({ revenue, customerId, currency }) => [revenue, customerId, currency]);
  }

  /** What one customer bought and sent back. */
  @Get('customers/:id')
  @Answers(CustomerPurchases)
  async ofCustomer(@Param('id', ParseUUIDPipe) id: string): Promise<CustomerPurchases> {
    const customerId = await currentCustomer(this.retention, id);
    const purchases = await this.retention.query<PurchasesAnswer[]>(
      `select ${columns} from purchases where customer_id = $1 order by currency`,
      [customerId],
    );
    return { customerId, purchases };
  }

  /** What all customers together bought and sent back, by currency. */
  @Get('summary')
  @Answers([Summary])
  summary(): Promise<Summary[]> {
    return this.retention.query<Summary[]>(
      `select currency, (count(*) filter (where orders > 0))::int as customers,
              (count(*) filter (where order_days > 1))::int as "repeatCustomers",
              sum(orders)::int as orders, sum(revenue)::text as revenue, sum(returns)::int as returns,
              sum(refunded)::text as refunded, sum(net_revenue)::text as "netRevenue",
              min(first_order_at) as "firstOrderAt", max(last_order_at) as "lastOrderAt"
         from purchases group by currency order by currency`,
    );
  }
}
