import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { AsOf, dayOf } from '../moments/as-of.js';
import { lastKnownDay } from '../survival/survival.view.js';

class PlansQuery {
  @AsOf('the last day of which something is known') asOf?: string;
}

class Plan {
  @Field.text({ description: 'What is subscribed to.', example: 'premium' }) plan!: string;
  @Field.text({ description: 'Currency of the prices: ISO 4217 code.' }) currency!: string;
  @Field.text({ description: 'Day as of which is counted.' }) asOf!: string;
  @Field.integer({ description: 'Subscriptions that began up to that day.' }) started!: number;
  @Field.integer({ description: 'Those of them that are alive on it.' }) active!: number;
  @Field.integer({ description: 'Those of them that have ended.' }) ended!: number;
  @Field.integer({ description: 'Of the ended ones: not paid, nobody gave notice.' }) involuntary!: number;
  @Field.decimal({ description: 'Prices of the active ones for one month of 30.436875 days.' })
  monthlyPrice!: string;
}

class SubscriptionOfCustomer {
  @Field.text({ description: 'Subscription number.' }) subscriptionId!: string;
  @Field.text({ description: 'What is subscribed to.' }) plan!: string;
  @Field.decimal({ description: 'Price of one period.' }) price!: string;
  @Field.text({ description: 'Its currency: ISO 4217 code.' }) currency!: string;
  @Field.integer({ description: 'How many units one period lasts.' }) periodCount!: number;
  @Field.text({ description: 'day, week, month or year.' }) periodUnit!: string;
  @Field.text({ description: 'First day (UTC).' }) startedOn!: string;
  @Field.integer({ description: 'Renewals reported.' }) renewals!: number;
  @Field.text({ description: 'Day from which it is no more; null unless cancelled.', nullable: true })
  endsOn!: string | null;
  @Field.text({ description: 'Why it was cancelled.', nullable: true }) reason!: string | null;
}

@Controller('api/retention')
@Allow('reader')
export class SubscriptionsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** How many subscribe to each plan, have left it, and what the active ones pay. */
  @Get('subscriptions/plans')
  @Answers([Plan])
  plans(@Query() { asOf }: PlansQuery): Promise<Plan[]> {
    return this.retention.query<Plan[]>(
      `select plan, currency, as_of::text as "asOf", count(*)::int as started,
              (count(*) filter (where active))::int as active, (count(*) filter (where not active))::int as ended,
              (count(*) filter (where not active and involuntary))::int as involuntary,
              round(coalesce(sum(price * 30.436875 / period_days) filter (where active), 0), 2)::text as "monthlyPrice"
         from (select *, ends_on is null or as_of < ends_on as active
                 from subscription_life, (select coalesce($1::date, ${lastKnownDay}) as as_of) moment
                where started_on <= as_of) known
        group by plan, currency, as_of order by plan, currency`,
      [dayOf(asOf)],
    );
  }

  /** What one customer subscribes to, or did. */
  @Get('customers/:id/subscriptions')
  @Answers([SubscriptionOfCustomer])
  async ofCustomer(@Param('id', ParseUUIDPipe) id: string): Promise<SubscriptionOfCustomer[]> {
    return this.retention.query<SubscriptionOfCustomer[]>(
      `select subscription_id as "subscriptionId", plan, price::text, currency, period_count as "periodCount",
              period_unit as "periodUnit", started_on::text as "startedOn", renewals, ends_on::text as "endsOn", reason
         from subscription_life where customer_id = $1 order by started_on desc, subscription_id`,
      [await currentCustomer(this.retention, id)],
    );
  }
}
