import type { ComputedTable } from '@perennial/read-models';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { writeRows, type Rows, type RowWriter } from './binary-copy.js';
import { dayNumber } from './day.js';
import { valueBasis } from './customer-value.js';
import { score, type Scores } from './score.js';
import { BANDS, currentStatisticsSql, part, readStatistics, type Statistics } from './statistics.js';

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

/** Each column of the table with what it is written from. */
export const scoreColumns: {
  name: string;
  type: ComputedTable['columns'][number]['type'];
  comment: string;
  write(writer: RowWriter, row: number, statistics: Statistics, scores: Scores, basis: Written): void;
}[] = [
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
    comment: 'different days (UTC) with orders after the first one',
    write: (writer, row, _, { frequency }) => writer.integer(frequency[row]!),
  },
  {
    name: 'recency_days',
    type: 'integer',
    comment: 'days since the latest order',
    write: (writer, row, _, { age, recency }) => writer.integer(age[row]! - recency[row]!),
  },
  {
    name: 'age_days',
    type: 'integer',
    comment: 'days since the first order',
    write: (writer, row, _, { age }) => writer.integer(age[row]!),
  },
  {
    name: 'value_so_far',
    type: 'numeric',
    comment:
      'value of all orders so far: margin where costs are known, else revenue; less refunds, never below 0',
    write: (writer, row, { value }) => writer.decimal(value[row]!, 2),
  },
  {
    name: 'alive',
    type: 'numeric',
    comment:
      'probability that the customer has not left for ever; no measure of churn where the model is bg-nbd',
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
    comment: 'value expected of an order day',
    write: (writer, row, _, { averageValue }) => writer.decimal(averageValue[row]!, 2),
  },
  {
    name: 'expected_value',
    type: 'numeric',
    comment: 'value expected within the horizon: expected_orders times average_value',
    write: (writer, row, _, { expectedOrders, averageValue }) =>
      writer.decimal(expectedOrders[row]! * averageValue[row]!, 2),
  },
  {
    name: 'expected_value_low',
    type: 'numeric',
    comment: 'the same for expected_orders_low',
    write: (writer, row, _, { orders, averageValue }) =>
      writer.decimal(orders.low[row]! * averageValue[row]!, 2),
  },
  {
    name: 'expected_value_high',
    type: 'numeric',
    comment: 'the same for expected_orders_high',
    write: (writer, row, _, { orders, averageValue }) =>
      writer.decimal(orders.high[row]! * averageValue[row]!, 2),
  },
  {
    name: 'lifetime_value',
    type: 'numeric',
    comment: 'value of everything that is still to come, discounted to the day of the score',
    write: (writer, row, _, { lifetimeValue }) => writer.decimal(lifetimeValue[row]!, 2),
  },
  {
    name: 'churn_risk',
    type: 'numeric',
    comment: 'probability of no order within the horizon',
    write: (writer, row, _, { active }) => writer.decimal(1 - active[row]!, 4),
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

interface Written {
  models: FittedModels;
  currency?: Buffer;
}

/** The present statistics of all customers, or those of a condition on `customer_id`. */
export async function currentStatistics(
  client: pg.ClientBase,
  { models }: ScoringBasis,
  where?: string,
): Promise<Statistics> {
  const basis = await valueBasis(client, {
    currency: models.currency ?? '',
    marginRate: models.assumptions.marginRate,
  });
  return readStatistics(client, currentStatisticsSql(basis, where));
}

/** Customers are scored so many at a time: the process has other things to do in between. */
const AT_ONCE = 1 << 17;

/** Scores customers and loads their rows into a table with the columns of "scores". */
export async function writeScores(
  client: pg.ClientBase,
  table: string,
  { models, asOf }: ScoringBasis,
  statistics: Statistics,
): Promise<void> {
  const written = { models, currency: models.currency ? Buffer.from(models.currency) : undefined };
  const columns = scoreColumns.map(({ name }) => name);
  const day = dayNumber(asOf);
  function* parts(): Generator<Rows> {
    for (let from = 0; from < statistics.size; from += AT_ONCE) {
      const some = part(statistics, from, from + AT_ONCE);
      const scores = score(some, models, day);
      yield {
        size: some.size,
        write: (writer, row) => {
          for (const column of scoreColumns) column.write(writer, row, some, scores, written);
        },
      };
    }
  }
  await writeRows(client, { table, columns }, parts());
}
