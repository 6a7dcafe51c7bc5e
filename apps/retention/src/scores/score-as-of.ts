import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import type { Known } from '../moments/known-facts.js';
import { valueBasis } from './customer-value.js';
import { isSubscriber, readContracts } from '../subscriptions/contracts.js';
import { writeScores, writeSubscriberScores } from './score-rows.js';
import { statisticsAsOfSql } from './statistics-as-of.js';
import { readStatistics, type Statistics } from './statistics.js';
import { subscribersOf, type Subscribers } from './subscriber-scores.js';

/**
 * The models in force on a day: the last that was fitted to orders up to that day or one before. For days before
 * the first fit it is the first one; undefined while there is none.
 */
export async function modelsOn(client: pg.ClientBase, day: string): Promise<FittedModels | undefined> {
  const { rows } = await client.query<{ fitted: FittedModels }>(
    `select fitted from model order by as_of > $1, case when as_of > $1 then version else -version end limit 1`,
    [day],
  );
  return rows[0]?.fitted;
}

/** What customers had bought and subscribed to until a day; amounts as the models count them. */
export interface CustomersOn {
  /** Those who never subscribed, not even later. */
  others: Statistics;
  subscribers: Subscribers;
}

export async function customersOn(
  client: pg.ClientBase,
  { currency = '', assumptions: { marginRate } }: FittedModels,
  known: Known,
  where = 'true',
): Promise<CustomersOn> {
  const basis = await valueBasis(client, { currency, marginRate });
  const bought = (condition: string) =>
    readStatistics(client, statisticsAsOfSql(basis, known, `${condition} and ${where}`));
  return {
    others: await bought(`not ${isSubscriber}`),
    subscribers: subscribersOf(
      await bought(isSubscriber),
      await readContracts(client, { basis, asOf: known, where }),
    ),
  };
}

/** Scores of a customer at the ends of days, in the columns of "scores", as rows of the temporary table "score_as_of". */
export async function scoreCustomerOn(
  client: pg.ClientBase,
  customerId: string,
  days: readonly string[],
): Promise<void> {
  await client.query('create temporary table score_as_of (like scores) on commit drop');
  for (const day of days) {
    const models = await modelsOn(client, day);
    if (!models) return;
    const basis = { models, asOf: day };
    const { others, subscribers } = await customersOn(
      client,
      models,
      { day, costs: 'stated by then' },
      `customer_id = '${customerId}'::uuid`,
    );
    await writeScores(client, 'score_as_of', basis, others);
    await writeSubscriberScores(client, 'score_as_of', basis, subscribers);
  }
}
