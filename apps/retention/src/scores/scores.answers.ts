import { Field } from '@perennial/service';
import { BANDS } from './statistics.js';

/** What one customer is expected to do. */
export class Score {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.text({
    description: 'The score knows orders up to the end of this day (UTC).',
    example: '2026-03-09',
  })
  asOf!: string;
  @Field.integer({ description: 'Version of the models.' }) modelVersion!: number;
  @Field.integer({
    description: 'Different days with orders after the first one; null: has never ordered.',
    nullable: true,
  })
  frequency!: number | null;
  @Field.integer({ description: 'Days since the latest order; null: has never ordered.', nullable: true })
  recencyDays!: number | null;
  @Field.integer({ description: 'Days since the first order; null: has never ordered.', nullable: true })
  ageDays!: number | null;
  @Field.decimal({
    description: 'Value of all orders so far, less refunds, and what was paid for subscriptions.',
  })
  valueSoFar!: string;
  @Field.decimal({
    description:
      'Probability that somebody who ordered has not left for ever: 0 to 1; null: has never ordered.',
    nullable: true,
  })
  alive!: string | null;
  @Field.decimal({ description: 'Order days expected within the horizon.' }) expectedOrders!: string;
  @Field.decimal({ description: 'With a probability of 80 % it will be at least so many …' })
  expectedOrdersLow!: string;
  @Field.decimal({ description: '… and at most so many.' }) expectedOrdersHigh!: string;
  @Field.decimal({ description: 'Value expected of an order day; null: has never ordered.', nullable: true })
  averageValue!: string | null;
  @Field.decimal({ description: 'Value expected within the horizon, of orders and renewals.' })
  expectedValue!: string;
  @Field.decimal({ description: 'With a probability of 80 % it will be at least so much …' })
  expectedValueLow!: string;
  @Field.decimal({ description: '… and at most so much.' }) expectedValueHigh!: string;
  @Field.decimal({ description: 'Value of everything that is still to come, discounted to the day.' })
  lifetimeValue!: string;
  @Field.decimal({
    description: 'Probability of no order within the horizon, and no subscription that outlasts it: 0 to 1.',
  })
  churnRisk!: string;
  @Field.oneOf({ description: 'Band of the churn risk.', values: BANDS }) riskBand!: string;
  @Field.text({ description: 'Currency of values: ISO 4217 code.', nullable: true }) currency!: string | null;
  @Field.integer({
    description:
      'Subscriptions that run, those of which notice was given included; null, like all that follows: has never subscribed.',
    nullable: true,
  })
  subscriptions!: number | null;
  @Field.integer({ description: 'Those of them of which notice was given.', nullable: true })
  subscriptionsEnding!: number | null;
  @Field.integer({ description: 'Days since the first subscription began.', nullable: true })
  subscribedDays!: number | null;
  @Field.integer({ description: 'Renewals of the running ones so far.', nullable: true })
  renewals!: number | null;
  @Field.decimal({ description: 'Renewals expected within the horizon.', nullable: true })
  expectedRenewals!: string | null;
  @Field.decimal({ description: 'Their value; part of expectedValue.', nullable: true })
  subscriptionValue!: string | null;
  @Field.decimal({
    description: 'Value of all renewals still to come, discounted; part of lifetimeValue.',
    nullable: true,
  })
  subscriptionLifetimeValue!: string | null;
  @Field.decimal({
    description: 'Probability that no subscription outlasts the horizon; part of churnRisk.',
    nullable: true,
  })
  subscriptionRisk!: string | null;
}

/** SQL: the columns of "scores" as the fields of the answer. */
export const scoreFields = `customer_id as "customerId", as_of::text as "asOf", model_version as "modelVersion", frequency,
  recency_days as "recencyDays", age_days as "ageDays", value_so_far::text as "valueSoFar", alive::text,
  expected_orders::text as "expectedOrders", expected_orders_low::text as "expectedOrdersLow",
  expected_orders_high::text as "expectedOrdersHigh", average_value::text as "averageValue",
  expected_value::text as "expectedValue", expected_value_low::text as "expectedValueLow",
  expected_value_high::text as "expectedValueHigh", lifetime_value::text as "lifetimeValue",
  churn_risk::text as "churnRisk", risk_band as "riskBand", currency, subscriptions,
  subscriptions_ending as "subscriptionsEnding", subscribed_days as "subscribedDays", renewals,
  expected_renewals::text as "expectedRenewals", subscription_value::text as "subscriptionValue",
  subscription_lifetime_value::text as "subscriptionLifetimeValue", subscription_risk::text as "subscriptionRisk"`;

export class ScoreOnDay extends Score {
  @Field.text({ description: 'The day that was asked for.' }) day!: string;
}

export class ScoreHistory {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.object({
    description: 'Scores at the ends of months, the latest first.',
    of: () => Score,
    list: true,
  })
  months!: Score[];
}

class ExplainingOrder {
  @Field.text({ description: 'Order number.' }) orderId!: string;
  @Field.time({ description: 'When it was placed.' }) placedAt!: Date;
  @Field.decimal({ description: 'Its total.' }) total!: string;
  @Field.text({ description: 'Its currency: ISO 4217 code.' }) currency!: string;
  @Field.text({
    description: 'Currency of what follows; null: there is no exchange rate for its day, it has no value.',
    nullable: true,
  })
  valueCurrency!: string | null;
  @Field.decimal({ description: 'What was paid back of it.', nullable: true }) refunded!: string | null;
  @Field.decimal({
    description:
      'What its goods cost, less those that came back; null: not known, for it was stated neither of the order nor of all of its products.',
    nullable: true,
  })
  goodsCost!: string | null;
  @Field.decimal({
    description: 'Other costs that were stated of it, such as shipping; 0: none were.',
    nullable: true,
  })
  otherCost!: string | null;
  @Field.decimal({
    description:
      'What of it counts as value: its margin, or where the cost of its goods is not known the stated part of what came in.',
    nullable: true,
  })
  value!: string | null;
}

class ExplainingSubscription {
  @Field.text({ description: 'Subscription number.' }) subscriptionId!: string;
  @Field.text({ description: 'What is subscribed to.', nullable: true }) plan!: string | null;
  @Field.decimal({ description: 'Price of one period.', nullable: true }) price!: string | null;
  @Field.text({ description: 'Its currency: ISO 4217 code.', nullable: true }) currency!: string | null;
  @Field.text({ description: 'First day (UTC).' }) startedOn!: string;
  @Field.integer({ description: 'Renewals reported.' }) renewals!: number;
  @Field.text({ description: 'Day from which it is no more; null: nobody gave notice.', nullable: true })
  endsOn!: string | null;
}

class ExplainingModels {
  @Field.integer({ description: 'Version.' }) version!: number;
  @Field.time({ description: 'When it was fitted.' }) fittedAt!: Date;
  @Field.text({ description: 'Its data cut.' }) asOf!: string;
  @Field.text({
    description: 'Model of orders; null: nobody had ordered.',
    example: 'pareto-nbd',
    nullable: true,
  })
  orders!: string | null;
  @Field.text({ description: 'Model of what an order is worth; null: own mean and average.', nullable: true })
  spend!: string | null;
  @Field.integer({ description: 'Days ahead that orders, value and risk are told for.' })
  horizonDays!: number;
  @Field.number({ description: 'Discount a year.' }) discountRate!: number;
  @Field.number({ description: 'Part of revenue that counts as value where no cost is known.' })
  marginRate!: number;
}

class OrderRisk {
  @Field.decimal({ description: 'As the model of orders tells it: 0 to 1.' }) byModel!: string;
  @Field.decimal({
    description: 'Corrected by what the model was off in a period that it had not seen: 0 to 1.',
  })
  corrected!: string;
}

class Comparison {
  @Field.integer({ description: 'Customers with a score.' }) customers!: number;
  @Field.decimal({ description: 'Median of their lifetime values.' }) medianLifetimeValue!: string;
  @Field.decimal({ description: 'Median of their churn risks.' }) medianChurnRisk!: string;
  @Field.decimal({ description: 'Share of them with a lower lifetime value: 0 to 1.' })
  lowerLifetimeValue!: string;
  @Field.decimal({ description: 'Share of them with a lower churn risk: 0 to 1.' }) lowerChurnRisk!: string;
}

export class Explanation {
  @Field.object({ description: 'The score.', of: () => Score }) score!: Score;
  @Field.object({ description: 'The models that it was computed by.', of: () => ExplainingModels })
  models!: ExplainingModels;
  @Field.object({
    description: 'The orders that it follows from, the latest first; at most 500.',
    of: () => ExplainingOrder,
    list: true,
  })
  orders!: ExplainingOrder[];
  @Field.object({
    description: 'The subscriptions that it follows from, the latest first; at most 500.',
    of: () => ExplainingSubscription,
    list: true,
  })
  subscriptions!: ExplainingSubscription[];
  @Field.object({
    description:
      'The probability of no order within the horizon, where the models correct it; null: they do not, or the customer has never ordered.',
    of: () => OrderRisk,
    nullable: true,
  })
  orderRisk!: OrderRisk | null;
  @Field.object({
    description:
      'How it compares with those of all customers; null as of a day: all others are not scored for it again.',
    of: () => Comparison,
    nullable: true,
  })
  comparison!: Comparison | null;
  @Field.text({ description: 'The same in sentences.', list: true }) sentences!: string[];
}
