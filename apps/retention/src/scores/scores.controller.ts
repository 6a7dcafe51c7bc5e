import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import {
  Allow,
  Answers,
  Field,
  keyOf,
  PageOf,
  pageOf,
  PageQuery,
  Refused,
  RequestProblem,
} from '@perennial/service';
import type { DataSource } from 'typeorm';
import { BANDS } from './statistics.js';

export class Score {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.text({
    description: 'The score knows orders up to the end of this day (UTC).',
    example: '2026-03-09',
  })
  asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
  @Field.integer({ description: 'Different days with orders after the first one.' }) frequency!: number;
  @Field.integer({ description: 'Days since the latest order.' }) recencyDays!: number;
  @Field.integer({ description: 'Days since the first order.' }) ageDays!: number;
  @Field.decimal({ description: 'Value of all orders so far, less refunds.' }) valueSoFar!: string;
  @Field.decimal({ description: 'Probability that the customer has not left for ever: 0 to 1.' })
  alive!: string;
  @Field.decimal({ description: 'Order days expected within the horizon.' }) expectedOrders!: string;
  @Field.decimal({ description: 'Value expected of an order day.' }) averageValue!: string;
  @Field.decimal({ description: 'Value expected within the horizon.' }) expectedValue!: string;
  @Field.decimal({ description: 'Probability of no order within the horizon: 0 to 1.' }) churnRisk!: string;
  @Field.oneOf({ description: 'Band of the churn risk.', values: BANDS }) riskBand!: string;
  @Field.text({ description: 'Currency of values: ISO 4217 code.', nullable: true }) currency!: string | null;
}

class ScoresPage extends PageOf(Score) {}

export const scoreFields = `customer_id as "customerId", as_of::text as "asOf", model_version as "modelVersion", frequency,
  recency_days as "recencyDays", age_days as "ageDays", value_so_far::text as "valueSoFar", alive::text,
  expected_orders::text as "expectedOrders", average_value::text as "averageValue",
  expected_value::text as "expectedValue", churn_risk::text as "churnRisk", risk_band as "riskBand", currency`;

/** An amount and a customer in a cursor. Throws a problem (400) for others. */
export function amountKeyOf(after: string | undefined): (string | null)[] {
  const key = keyOf(after, 2)?.map(String);
  if (
    key &&
    !(
      /^-?\d{1,40}(\.\d{1,20})?$/.test(key[0]!) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key[1]!)
    )
  )
    throw new RequestProblem(400, 'invalid-cursor', '"after" is not the "next" of a page of this list.');
  return key ?? [null, null];
}

@Controller('api/retention/scores')
@Allow('reader')
export class ScoresController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** What customers are expected to do, those of whom most is expected first. */
  @Get()
  @Answers(ScoresPage)
  async list(@Query() { limit, after }: PageQuery) {
    const rows = await this.retention.query<Score[]>(
      `select ${scoreFields} from scores
        where $1::numeric is null or (scores.expected_value, customer_id) < ($1::numeric, $2::uuid)
        order by scores.expected_value desc, customer_id desc limit $3`,
      [...amountKeyOf(after), limit + 1],
    );
    return pageOf(rows, limit, ({ expectedValue, customerId }) => [expectedValue, customerId]);
  }

  /** What one customer is expected to do. */
  @Get(':customer')
  @Answers(Score)
  async ofCustomer(@Param('customer', ParseUUIDPipe) id: string): Promise<Score> {
    const customerId = await currentCustomer(this.retention, id);
    const [score] = await this.retention.query<Score[]>(
      `select ${scoreFields} from scores where customer_id = $1`,
      [customerId],
    );
    if (!score)
      throw new Refused('no-score', 'This customer has no order, or none was scored yet.', 'missing');
    return score;
  }
}
