import type { ComputedTable } from '@perennial/read-models';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { writeRows, type Rows, type RowWriter } from './binary-copy.js';
import { dayNumber } from './day.js';
import { valueBasis, type ValueBasis } from './customer-value.js';
import type { KeptValues } from './kept-values.js';
import { hasSubscribers, isSubscriber, readContracts } from '../subscriptions/contracts.js';
import { haveOrders, score, type Scores } from './score.js';
import { BANDS, currentStatisticsSql, part, readStatistics, type Statistics } from './statistics.js';
import { partOf, scoreSubscribers, subscribersOf, type Subscribers } from './subscriber-scores.js';

/** What all scores are computed for, as the facts say it. */
export interface ScoringBasis {
  asOf: string;
  models: FittedModels;
}

/** Columns of each index of the table beside its key. */
export const scoreIndexes = [['lifetime_value', 'customer_id']];

/** Undefined before the first fit. */
export async function scoringBasis(client: pg.ClientBase): Promise<ScoringBasis | undefined> {
  const { rows } = await client.query<ScoringBasis>(
    `select s.as_of::text as "asOf", m.fitted as models from scoring s join model m on m.version = s.model_version`,
  );
  return rows[0];
}

const bands = BANDS.map((band) => Buffer.from(band));

/** What is said of orders is empty where there are none. */
const ofOrders = (writer: RowWriter, row: number, frequency: Int32Array, value: number) =>
  frequency[row]! < 0 ? writer.empty() : writer.integer(value);

interface ScoreColumn {
  name: string;
  type: ComputedTable['columns'][number]['type'];
  comment: string;
  write(writer: RowWriter, row: number, statistics: Statistics, scores: Scores, basis: Written): void;
}

/** Columns that only those who ever subscribed have; with others they are not even mentioned. */
const subscriptionColumns: ScoreColumn[] = [
  {
    name: 'subscriptions',
    type: 'integer',
    comment:
      'part of subscriptions: how many run, those of which notice was given included; empty, like all that follows, of who never subscribed',
    write: (writer, row, _, { subscriptions }) => writer.integer(subscriptions!.running[row]!),
  },
  {
    name: 'subscriptions_ending',
    type: 'integer',
    comment: 'how many of them will not be renewed, because notice was given',
    write: (writer, row, _, { subscriptions }) => writer.integer(subscriptions!.ending[row]!),
  },
  {
    name: 'subscribed_days',
    type: 'integer',
    comment: 'days since the first subscription began',
    write: (writer, row, _, { subscriptions }) => writer.integer(subscriptions!.subscribedDays[row]!),
  },
  {
    name: 'renewals',
    type: 'integer',
    comment: 'renewals of the running ones so far',
    write: (writer, row, _, { subscriptions }) => writer.integer(subscriptions!.renewals[row]!),
  },
  {
    name: 'expected_renewals',
    type: 'numeric',
    comment: 'renewals expected within the horizon',
    write: (writer, row, _, { subscriptions }) => writer.decimal(subscriptions!.expectedRenewals[row]!, 3),
  },
  {
    name: 'subscription_value',
    type: 'numeric',
    comment: 'value of the renewals that are expected within the horizon; part of expected_value',
    write: (writer, row, _, { subscriptions }) => writer.decimal(subscriptions!.expectedValue[row]!, 2),
  },
  {
    name: 'subscription_lifetime_value',
    type: 'numeric',
    comment: 'value of all renewals still to come, discounted; part of lifetime_value',
    write: (writer, row, _, { subscriptions }) => writer.decimal(subscriptions!.lifetimeValue[row]!, 2),
  },
  {
    name: 'subscription_risk',
    type: 'numeric',
    comment:
      'probability that no subscription outlasts the horizon; churn_risk is this times that of no order',
    write: (writer, row, _, { subscriptions }) => writer.decimal(subscriptions!.risk[row]!, 4),
  },
];

/** Columns that everybody has, with what they are written from. */
const customerColumns: ScoreColumn[] = [
  {
    name: 'customer_id',
    type: 'uuid',
    comment: 'the customer',
    write: (writer, row, { customerId }) => writer.uuid(customerId, row * 16),
  },
  {
    name: 'as_of',
    type: 'date',
    comment:
      'the score knows orders up to the end of this day (UTC): the last day over, or the day of a later order',
    write: (writer, row, _, { day }) => writer.date(day[row]!),
  },
  {
    name: 'model_version',
    type: 'integer',
    comment: 'version of the models; joins "models"',
    write: (writer, _, __, ___, { models }) => writer.integer(models.version),
  },
  {
    name: 'frequency',
    type: 'integer',
    comment: 'part of orders: different days (UTC) with orders after the first one; empty without orders',
    write: (writer, row, _, { frequency }) => ofOrders(writer, row, frequency, frequency[row]!),
  },
  {
    name: 'recency_days',
    type: 'integer',
    comment: 'days since the latest order; empty without orders',
    write: (writer, row, _, { frequency, age, recency }) =>
      ofOrders(writer, row, frequency, age[row]! - recency[row]!),
  },
  {
    name: 'age_days',
    type: 'integer',
    comment: 'days since the first order; empty without orders',
    write: (writer, row, _, { frequency, age }) => ofOrders(writer, row, frequency, age[row]!),
  },
  {
    name: 'value_so_far',
    type: 'numeric',
    comment:
      'value of all orders so far: margin where costs are known, else revenue; less refunds, never below 0; with what was paid for subscriptions',
    write: (writer, row, _, { valueSoFar }) => writer.decimal(valueSoFar[row]!, 2),
  },
  {
    name: 'alive',
    type: 'numeric',
    comment:
      'probability that somebody who ordered has not left for ever; no measure of churn where the model is bg-nbd; empty without orders',
    write: (writer, row, _, { alive }) => writer.decimal(alive[row]!, 4),
  },
  {
    name: 'expected_orders',
    type: 'numeric',
    comment: 'order days expected within the horizon of the model (a year unless set otherwise)',
    write: (writer, row, _, { expectedOrders }) => writer.decimal(expectedOrders[row]!, 3),
  },
  {
    name: 'expected_orders_low',
    type: 'numeric',
    comment: 'with a probability of 80 % it will be at least so many …',
    write: (writer, row, _, { orders }) => writer.decimal(orders.low[row]!, 0),
  },
  {
    name: 'expected_orders_high',
    type: 'numeric',
    comment: '… and at most so many',
    write: (writer, row, _, { orders }) => writer.decimal(orders.high[row]!, 0),
  },
  {
    name: 'average_value',
    type: 'numeric',
    comment: 'value expected of an order day; empty without orders',
    write: (writer, row, _, { averageValue }) => writer.decimal(averageValue[row]!, 2),
  },
  {
    name: 'expected_value',
    type: 'numeric',
    comment: 'value expected within the horizon: expected_orders times average_value, and subscription_value',
    write: (writer, row, _, { expectedValue }) => writer.decimal(expectedValue[row]!, 2),
  },
  {
    name: 'expected_value_low',
    type: 'numeric',
    comment: 'with a probability of 80 % it will be at least so much …',
    write: (writer, row, _, { value }) => writer.decimal(value.low[row]!, 2),
  },
  {
    name: 'expected_value_high',
    type: 'numeric',
    comment: '… and at most so much',
    write: (writer, row, _, { value }) => writer.decimal(value.high[row]!, 2),
  },
  {
    name: 'lifetime_value',
    type: 'numeric',
    comment:
      'value of everything that is still to come, discounted to the day of the score; of orders and of subscriptions',
    write: (writer, row, _, { lifetimeValue }) => writer.decimal(lifetimeValue[row]!, 2),
  },
  {
    name: 'churn_risk',
    type: 'numeric',
    comment: 'probability of no order within the horizon, and no subscription that outlasts it',
    write: (writer, row, _, { churnRisk }) => writer.decimal(churnRisk[row]!, 4),
  },
  {
    name: 'risk_band',
    type: 'text',
    comment:
      'low, elevated or high; one that was announced is left only when the risk is clearly outside of it',
    write: (writer, row, _, { band }) => writer.text(bands[band[row]!]!),
  },
  {
    name: 'currency',
    type: 'text',
    comment: 'currency of all values: ISO 4217 code',
    write: (writer, _, __, ___, { currency }) => (currency ? writer.text(currency) : writer.empty()),
  },
];

/** All columns of the table. */
export const scoreColumns = [...customerColumns, ...subscriptionColumns];

interface Written {
  models: FittedModels;
  currency?: Buffer;
}

/** How the values of the scores are told. */
export const valuesOf = (
  client: pg.ClientBase,
  { models: { currency = '', assumptions } }: ScoringBasis,
): Promise<ValueBasis> => valueBasis(client, { currency, marginRate: assumptions.marginRate });

/** The condition of customers, who may also have to be among those of another condition on `customer_id`. */
const and = (condition: string, where?: string) => (where ? `${condition} and ${where}` : condition);

/** Whom to score, and from what. */
export interface Scored {
  values: ValueBasis;
  /** What was added up before. */
  kept?: KeptValues;
  /** A condition on `customer_id`. */
  where?: string;
}

/** Scores all customers, or some, and loads their rows into a table with the columns of "scores". */
export async function writeCurrentScores(
  client: pg.ClientBase,
  table: string,
  basis: ScoringBasis,
  { values, kept, where }: Scored,
): Promise<void> {
  const statisticsSql = (condition?: string) => currentStatisticsSql(values, condition, kept?.orders);
  if (!(await hasSubscribers(client))) {
    await writeScores(client, table, basis, await readStatistics(client, statisticsSql(where)));
    return;
  }
  const subscribe = isSubscriber(kept?.contracts);
  const others = statisticsSql(and(`not ${subscribe}`, where));
  await writeScores(client, table, basis, await readStatistics(client, others));
  const subscribers = subscribersOf(
    await readStatistics(
      client,
      `select * from (${statisticsSql(and(subscribe, where))}) bought order by customer_id`,
    ),
    await readContracts(client, { basis: values, where, agreed: kept?.contracts }),
  );
  await writeSubscriberScores(client, table, basis, subscribers);
}

/** Customers are scored so many at a time: the process has other things to do in between. */
const AT_ONCE = 1 << 17;

/** Scores customers who never subscribed, and loads their rows. */
export async function writeScores(
  client: pg.ClientBase,
  table: string,
  { models, asOf }: ScoringBasis,
  statistics: Statistics,
): Promise<void> {
  // Who first orders after the models were fitted is scored by the next ones.
  if (!haveOrders(models)) return;
  const day = dayNumber(asOf);
  await writeRowsOf(client, table, customerColumns, models, statistics.size, (from, to) => {
    const some = part(statistics, from, to);
    return { some, scores: score(some, models, day) };
  });
}

/** Scores customers who ever subscribed, and loads their rows. */
export async function writeSubscriberScores(
  client: pg.ClientBase,
  table: string,
  { models, asOf }: ScoringBasis,
  subscribers: Subscribers,
): Promise<void> {
  const day = dayNumber(asOf);
  await writeRowsOf(client, table, scoreColumns, models, subscribers.statistics.size, (from, to) => {
    const some = partOf(subscribers, from, to);
    return { some: some.statistics, scores: scoreSubscribers(some, models, day) };
  });
}

async function writeRowsOf(
  client: pg.ClientBase,
  table: string,
  columns: readonly ScoreColumn[],
  models: FittedModels,
  size: number,
  scored: (from: number, to: number) => { some: Statistics; scores: Scores },
): Promise<void> {
  const written = { models, currency: models.currency ? Buffer.from(models.currency) : undefined };
  function* parts(): Generator<Rows> {
    for (let from = 0; from < size; from += AT_ONCE) {
      const { some, scores } = scored(from, Math.min(size, from + AT_ONCE));
      yield {
        size: some.size,
        write: (writer, row) => {
          for (const column of columns) column.write(writer, row, some, scores, written);
        },
      };
    }
  }
  await writeRows(client, { table, columns: columns.map(({ name }) => name) }, parts());
}
