import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { firstDayOf, periodOf, periodUnits, type PeriodUnit } from '../cohorts/period.js';

class MarginsQuery {
  @Field.oneOf({
    description: 'Length of a period; weeks begin on Monday. Absent: month.',
    values: periodUnits,
    optional: true,
  })
  unit?: PeriodUnit;
}

class Margin {
  @Field.text({ description: 'First day of the period (UTC).', example: '2026-03-01' }) period!: string;
  @Field.integer({ description: 'Orders placed and not cancelled.' }) orders!: number;
  @Field.integer({ description: 'Those of them without an exchange rate: in no amount.' })
  unconverted!: number;
  @Field.decimal({ description: 'Total of the orders.' }) revenue!: string;
  @Field.decimal({ description: 'What was paid back for them.' }) refunded!: string;
  @Field.decimal({ description: 'Cost of their goods, as far as it is known.' }) goodsCost!: string;
  @Field.decimal({ description: 'Their other costs.' }) otherCost!: string;
  @Field.decimal({ description: 'Revenue less refunds and all costs that are known.' }) contribution!: string;
  @Field.decimal({
    description: 'Part of the revenue of orders whose margin is known: 0 to 1; null without revenue.',
    nullable: true,
  })
  knownShare!: string | null;
}

class MissingRate {
  @Field.text({
    description: 'Currency of the orders, refunds and subscriptions: ISO 4217 code.',
    example: 'USD',
  })
  currency!: string;
  @Field.integer({ description: 'Orders without a rate.' }) orders!: number;
  @Field.decimal({ description: 'Their total, in that currency.' }) total!: string;
  @Field.integer({ description: 'Refunds without a rate.' }) returns!: number;
  @Field.decimal({ description: 'What was paid back by them, in that currency.' }) refunded!: string;
  @Field.integer({ description: 'Subscriptions that began on days without a rate.' }) subscriptions!: number;
  @Field.text({ description: 'A rate is needed from this day on.' }) from!: string;
  @Field.text({ description: 'Day of the latest of them.' }) until!: string;
}

class Margins {
  @Field.text({ description: 'The reporting currency: that of all amounts.', nullable: true })
  currency!: string | null;
  @Field.object({ description: 'By period, the earliest first.', of: () => Margin, list: true })
  periods!: Margin[];
  @Field.object({
    description: 'What is missing for want of an exchange rate.',
    of: () => MissingRate,
    list: true,
  })
  missingRates!: MissingRate[];
}

@Controller('api/retention/margins')
@Allow('reader')
export class MarginsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** What orders brought and what they cost, by period, in the reporting currency. */
  @Get()
  @Answers(Margins)
  async list(@Query() { unit = 'month' }: MarginsQuery): Promise<Margins> {
    const periods = await this.retention.query<Margin[]>(
      `select ${firstDayOf[unit]('period')}::text as period, orders, unconverted, revenue::text, refunded::text,
              goods_cost::text as "goodsCost", other_cost::text as "otherCost", contribution::text,
              round(known / nullif(revenue, 0), 4)::text as "knownShare"
         from (select ${periodOf[unit]('day')} as period, count(*)::int as orders,
                      (count(*) filter (where reporting_currency is null))::int as unconverted,
                      coalesce(sum(revenue), 0) as revenue, coalesce(sum(refunded), 0) as refunded,
                      coalesce(sum(goods_cost), 0) as goods_cost, coalesce(sum(other_cost), 0) as other_cost,
                      coalesce(sum(contribution), 0) as contribution,
                      coalesce(sum(revenue) filter (where margin is not null), 0) as known
                 from order_margin group by 1) margins
        order by margins.period`,
    );
    const missing = await this.retention.query<MissingRate[]>(
      `select currency, orders, total::text, returns, refunded::text, subscriptions, "from"::text, until::text from missing_rate order by currency`,
    );
    const [reporting] = await this.retention.query<{ currency: string }[]>(
      `select currency from reporting_currency`,
    );
    return { currency: reporting?.currency ?? null, periods, missingRates: missing };
  }
}
