import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { amountKeyOf } from '../purchases/amount.cursor.js';
import { presentReasons } from './risk.decider.js';
import { BANDS } from '../scores/statistics.js';

class AtRiskQuery extends PageQuery {
  @Field.oneOf({ description: 'Only this band; absent: elevated and high.', values: BANDS, optional: true })
  band?: string;
}

class CustomerAtRisk {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.text({ description: 'The score knows orders up to the end of this day (UTC).' }) asOf!: string;
  @Field.oneOf({ description: 'Band of the churn risk.', values: BANDS }) band!: string;
  @Field.decimal({
    description: 'Probability of no order within the horizon, and no subscription that outlasts it: 0 to 1.',
  })
  risk!: string;
  @Field.decimal({ description: 'What is lost if the customer leaves: the lifetime value.' })
  atStake!: string;
  @Field.text({ description: 'Its currency: ISO 4217 code.', nullable: true }) currency!: string | null;
  @Field.integer({ description: 'Days since the latest order; null: has never ordered.', nullable: true })
  daysSinceLastOrder!: number | null;
  @Field.number({
    description: 'Days between two orders on average; null after one order, or none.',
    nullable: true,
  })
  usualDaysBetweenOrders!: number | null;
  @Field.integer({
    description: 'Subscriptions that run; null: has never subscribed.',
    nullable: true,
  })
  subscriptions!: number | null;
  @Field.integer({ description: 'Those of them of which notice was given.', nullable: true })
  subscriptionsEnding!: number | null;
  @Field.decimal({ description: 'Value of all orders and subscriptions so far.' }) valueSoFar!: string;
  @Field.text({ description: 'Band before the latest change that was announced.', nullable: true })
  changedFrom!: string | null;
  @Field.time({ description: 'When that was.', nullable: true }) changedAt!: Date | null;
  @Field.text({ description: 'Why it changed; where it never did: what speaks for it.', list: true })
  reasons!: string[];
}

class AtRiskPage extends PageOf(CustomerAtRisk) {}

class BandSize {
  @Field.oneOf({ description: 'Band of the churn risk.', values: BANDS }) band!: string;
  @Field.integer({ description: 'Customers in it.' }) customers!: number;
  @Field.decimal({ description: 'Their lifetime values together.' }) lifetimeValue!: string;
  @Field.decimal({ description: 'Their risk on average: so many of them are expected to leave.' })
  averageRisk!: string;
}

@Controller('api/retention/risk')
@Allow('reader')
export class RiskController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** Customers who are likely to leave, those with whom most is lost first. */
  @Get('customers')
  @Answers(AtRiskPage)
  async customers(@Query() { limit, after, band }: AtRiskQuery) {
    const rows = await this.retention.query<CustomerAtRisk[]>(
      `select s.customer_id as "customerId", s.as_of::text as "asOf", risk_band as band, churn_risk::text as risk,
              lifetime_value::text as "atStake", s.currency, recency_days as "daysSinceLastOrder",
              round((age_days - recency_days)::numeric / nullif(frequency, 0), 1)::float8 as "usualDaysBetweenOrders",
              subscriptions, subscriptions_ending as "subscriptionsEnding", value_so_far::text as "valueSoFar", h.from_band as "changedFrom", h.announced_at as "changedAt",
              coalesce(h.reasons, '{}') as reasons
         from (select * from scores
                where risk_band = any($1)
                  and ($2::numeric is null or (lifetime_value, customer_id) < ($2::numeric, $3::uuid))
                order by lifetime_value desc, customer_id desc limit $4) s
         left join lateral (
           select * from risk_history r where r.customer_id = s.customer_id
            order by announced_at desc, event_id desc limit 1
         ) h on true
        order by lifetime_value desc, s.customer_id desc`,
      [band ? [band] : ['elevated', 'high'], ...amountKeyOf(after), limit + 1],
    );
    const explained = rows.map((row) =>
      Object.assign(
        row,
        row.reasons.length > 0 || row.band === 'low' ? {} : { reasons: presentReasons(row) },
      ),
    );
    return pageOf(explained, limit, ({ atStake, customerId }) => [atStake, customerId]);
  }

  /** How many customers each band holds, and what they are worth. */
  @Get()
  @Answers([BandSize])
  bands(): Promise<BandSize[]> {
    return this.retention.query<BandSize[]>(
      `select risk_band as band, count(*)::int as customers, sum(lifetime_value)::text as "lifetimeValue",
              round(avg(churn_risk), 4)::text as "averageRisk"
         from scores group by risk_band order by avg(churn_risk)`,
    );
  }
}
