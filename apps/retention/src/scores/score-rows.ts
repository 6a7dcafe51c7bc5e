import type { ComputedTable } from '@perennial/read-models';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { writeRows, type RowWriter } from './binary-copy.js';
import { dayNumber } from './day.js';
import { score, type Scores } from './score.js';
import { BANDS, currentStatisticsSql, readStatistics, type Statistics } from './statistics.js';

/** What all scores are computed for, as the facts say it. */
export interface ScoringBasis {
  asOf: string;
  models: FittedModels;
}

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
    comment: 'value of all orders so far, less refunds, never below 0',
    write: (writer, row, { value }, _, { rate }) => writer.decimal(value[row]! * rate, 2),
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
    name: 'average_value',
    type: 'numeric',
    comment: 'value expected of an order day',
    write: (writer, row, _, { averageValue }, { rate }) => writer.decimal(averageValue[row]! * rate, 2),
  },
  {
    name: 'expected_value',
    type: 'numeric',
    comment: 'value expected within the horizon: expected_orders times average_value',
    write: (writer, row, _, { expectedOrders, averageValue }, { rate }) =>
      writer.decimal(expectedOrders[row]! * averageValue[row]! * rate, 2),
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
  /** What part of revenue counts as value. */
  rate: number;
}

/** Scores the customers of a query (see `readStatistics`) and loads their rows. Answers how many there were. */
export async function writeScores(
  client: pg.ClientBase,
  table: string,
  { models, asOf }: ScoringBasis,
  where?: string,
): Promise<number> {
  const currency = models.currency ?? '';
  const statistics = await readStatistics(client, currentStatisticsSql({ currency, where }));
  const scores = score(statistics, models, dayNumber(asOf));
  const written: Written = {
    models,
    currency: models.currency ? Buffer.from(models.currency) : undefined,
    rate: models.assumptions.marginRate,
  };
  await writeRows(
    client,
    { table, columns: scoreColumns.map(({ name }) => name) },
    statistics.size,
    (writer, row) => {
      for (const column of scoreColumns) column.write(writer, row, statistics, scores, written);
    },
  );
  return statistics.size;
}
