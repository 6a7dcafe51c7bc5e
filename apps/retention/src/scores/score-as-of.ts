import type { Journal, RecordedEvent } from '@perennial/journal';
import { replayed } from '@perennial/read-models';
import type pg from 'pg';
import type { FittedModels } from '../models/models.decider.js';
import { endOf, type Known } from '../moments/known-facts.js';
import { orderReturns } from '../purchases/order-return.facts.js';
import { orders } from '../purchases/order.facts.js';
import { subscriptionRenewals } from '../subscriptions/subscription-renewal.facts.js';
import { subscriptions } from '../subscriptions/subscription.facts.js';
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
    others: await bought(`not ${isSubscriber()}`),
    subscribers: subscribersOf(
      await bought(isSubscriber()),
      await readContracts(client, { basis, asOf: known, where }),
    ),
  };
}

/** What customers' scores follow from. */
const FACTS = [orders, orderReturns, subscriptions, subscriptionRenewals];

/**
 * Scores of a customer at the ends of days, in the columns of "scores", as rows of the temporary table "score_as_of":
 * from its events up to each day, whatever was said of them later. After each, `alsoAsk` finds the customer's facts as
 * they were known then.
 */
export async function scoreCustomerOn(
  client: pg.ClientBase,
  journal: Journal,
  customerId: string,
  days: readonly string[],
  alsoAsk: (known: Known) => Promise<void> = async () => {},
): Promise<void> {
  await client.query('create temporary table score_as_of (like scores) on commit drop');
  const events = await eventsOf(client, journal, customerId);
  for (const day of days) {
    const models = await modelsOn(client, day);
    if (!models) return;
    const end = endOf(day);
    const upTo = events.filter(({ time }) => time < end);
    const known: Known = { day, costs: 'stated by then' };
    await replayed(client, FACTS, upTo, async () => {
      await writeScoresOn(client, models, known, customerId);
      await alsoAsk(known);
    });
  }
}

async function writeScoresOn(
  client: pg.ClientBase,
  models: FittedModels,
  known: Known,
  customerId: string,
): Promise<void> {
  const basis = { models, asOf: known.day };
  const where = `customer_id = '${customerId}'::uuid`;
  const { others, subscribers } = await customersOn(client, models, known, where);
  await writeScores(client, 'score_as_of', basis, others);
  await writeSubscriberScores(client, 'score_as_of', basis, subscribers);
}

const AT_ONCE = 1_000;

/** All that the journal has under the identifiers of a customer. */
async function eventsOf(
  client: pg.ClientBase,
  journal: Journal,
  customerId: string,
): Promise<RecordedEvent[]> {
  const { rows } = await client.query<{ id: string }>(
    'select subject_id as id from subject where customer_id = $1',
    [customerId],
  );
  const events: RecordedEvent[] = [];
  for (const { id } of rows)
    for (let version = 0; ;) {
      const page = await journal.readStream(id, version, AT_ONCE);
      events.push(...page);
      if (page.length < AT_ONCE) break;
      version += page.length;
    }
  return events;
}
