import type { EventData } from '@perennial/events';
import { Layout, putDecisions, type Decision } from '@perennial/read-models';
import { awakeInTransaction } from '@perennial/journal';
import type pg from 'pg';
import { MODEL_STREAM, MODEL_SUBJECT } from '../models/model-stream.js';
import { riskChanges, type BandChange } from '../risk/risk.decider.js';
import { concernedBy, keepValues, keepValuesOf, takeNotes } from './kept-values.js';
import { ORDER_COST_DUE } from './kept-values.tables.js';
import { scoreIndexes, scoringBasis, valuesOf, writeCurrentScores, type ScoringBasis } from './score-rows.js';
import { EVERYBODY, SCORE_DUE } from './scoring.policy.js';

/** Most identifiers whose customers are scored in one transaction. */
const AT_ONCE = 10_000;
const layout = new Layout('retention');

/**
 * Keeps the live scores, always inside a transaction that finds the live tables; a lock lets one process at a time do so.
 * The table "scores" is empty but for the customers who were scored since all were: those of the day are in a table
 * that inherits from it and is replaced as a whole, so that readers and the views of analysts notice nothing.
 */
const OF_DAY = 'scores_of_day';

/** Customers are scored many at a time: its owner says meanwhile that it lives. */
const alone = <Result>(client: pg.ClientBase, work: () => Promise<Result>): Promise<Result> =>
  awakeInTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('perennial:scorer', 0))`);
    return work();
  });

/** Computes all that waits: everybody when the day or the models have changed, else those whose orders have. */
export const settleScores = (client: pg.ClientBase): Promise<void> =>
  alone(client, async () => {
    const basis = await scoringBasis(client);
    if (basis && (!(await isScoredFor(client, basis)) || (await isEverybodyDue(client))))
      await scoreEverybody(client, basis);
    else while ((await scoreSome(client, basis)) === AT_ONCE);
  });

/** One step of it; `mayScoreAll`: also where only costs or rates have changed. Answers whether there is more to do at once. */
export const followScores = (client: pg.ClientBase, mayScoreAll: boolean): Promise<boolean> =>
  alone(client, async () => {
    const basis = await scoringBasis(client);
    const waits =
      !basis || ((await isScoredFor(client, basis)) && !(mayScoreAll && (await isEverybodyDue(client))));
    if (waits) return (await scoreSome(client, basis)) === AT_ONCE;
    await scoreEverybody(client, basis);
    return true;
  });

async function isScoredFor(client: pg.ClientBase, { asOf, models }: ScoringBasis): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from scored where of = 'customers' and as_of = $1 and model_version = $2`,
    [asOf, models.version],
  );
  return rowCount === 1;
}

async function isEverybodyDue(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(`select from ${SCORE_DUE} where subject_id = $1 limit 1`, [
    EVERYBODY,
  ]);
  return rowCount === 1;
}

/** Scores the customers whose orders have changed, a limited number. Answers how many identifiers were taken. */
async function scoreSome(client: pg.ClientBase, basis: ScoringBasis | undefined): Promise<number> {
  if (!basis) {
    // The first scoring is one of everybody.
    await client.query(`delete from ${SCORE_DUE}; delete from ${ORDER_COST_DUE}`);
    return 0;
  }
  const { rows } = await client.query<{ subject_id: string }>(
    `delete from ${SCORE_DUE} where ctid = any(array(select ctid from ${SCORE_DUE} where subject_id <> '${EVERYBODY}' limit ${AT_ONCE})) returning subject_id`,
  );
  if (rows.length === 0) return 0;
  const customers = await customersOf(
    client,
    rows.map(({ subject_id }) => subject_id),
  );
  await client.query(
    'create temporary table if not exists scores_before (like scores) on commit delete rows',
  );
  await client.query(
    `with gone as (delete from scores where customer_id = any($1) returning *) insert into scores_before select * from gone`,
    [customers],
  );
  const values = await valuesOf(client, basis);
  const where = `customer_id = any('{${customers.join(',')}}'::uuid[])`;
  const kept = await keepValuesOf(client, values, where);
  await writeCurrentScores(client, 'scores', basis, { values, kept, where });
  await announce(client, basis, 'pg_temp.scores_before', 'scores');
  return rows.length;
}

async function customersOf(client: pg.ClientBase, subjectIds: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select customer_id as id from (${concernedBy('select unnest($1::uuid[]) as subject_id')}) concerned`,
    [subjectIds],
  );
  return rows.map(({ id }) => id);
}

async function scoreEverybody(client: pg.ClientBase, basis: ScoringBasis): Promise<void> {
  await client.query(`set local work_mem to '48MB'`);
  // Who is noted from here on has changed after what is read below, perhaps.
  await takeNotes(client);
  const values = await valuesOf(client, basis);
  const kept = await keepValues(client, values);
  const fresh = `${OF_DAY}_fresh`;
  await client.query(`drop table if exists ${fresh}; create table ${fresh} (like scores)`);
  await writeCurrentScores(client, fresh, basis, { values, kept });
  await client.query(`alter table ${fresh} add primary key (customer_id)`);
  for (const index of scoreIndexes) await client.query(`create index on ${fresh} (${index.join(', ')})`);
  await client.query(`analyze ${fresh}`);
  await announce(client, basis, 'scores', fresh);
  await client.query(
    `drop table if exists ${OF_DAY}; truncate only scores;
     alter table ${fresh} rename to ${OF_DAY}; alter table ${OF_DAY} inherit scores`,
  );
  await measure(client, basis);
  await client.query(
    `insert into scored (of, as_of, model_version) values ('customers', $1, $2)
     on conflict (of) do update set as_of = excluded.as_of, model_version = excluded.model_version`,
    [basis.asOf, basis.models.version],
  );
}

/** Keeps what all customers together are worth, as it is known now. */
async function measure(client: pg.ClientBase, { asOf, models }: ScoringBasis): Promise<void> {
  const { rows } = await client.query<
    Omit<EventData<'equity.measured'>, 'asOf' | 'modelVersion' | 'currency'>
  >(
    `select count(*)::int as customers, coalesce(sum(lifetime_value), 0)::text as "lifetimeValue",
            json_build_object('customers', count(*) filter (where risk_band = 'high'),
              'lifetimeValue', coalesce(sum(lifetime_value) filter (where risk_band = 'high'), 0)::text) as "atHighRisk",
            coalesce(sum(expected_orders), 0)::float8 as "expectedOrders"
       from scores`,
  );
  const { version, currency } = models;
  const decision: Decision<'equity.measured'> = {
    type: 'equity.measured',
    streamId: MODEL_STREAM,
    subject: MODEL_SUBJECT,
    time: new Date().toISOString(),
    data: { asOf, modelVersion: version, ...(currency && { currency }), ...rows[0]! },
    cause: JSON.stringify([asOf, version]),
  };
  await putDecisions(client, layout, 'equity', [decision]);
}

/** So many decisions are put at once: new models may change the risk of everybody. */
const DECIDED_AT_ONCE = 5_000;

/** SQL: where the bands of a version of the models begin. */
const bandsOf = (model: string) =>
  `(${model}.fitted #> '{assumptions,elevatedRisk}', ${model}.fitted #> '{assumptions,highRisk}')`;

/** Decides whose band of risk has changed from one table of scores to the other. */
async function announce(
  client: pg.ClientBase,
  basis: ScoringBasis,
  before: string,
  after: string,
): Promise<void> {
  // All of them will be fetched.
  await client.query(
    `set local cursor_tuple_fraction to 1;
     declare band_change no scroll cursor for
     select a.customer_id as "customerId", b.risk_band as "from", a.risk_band as "to",
            a.churn_risk::float8 as risk, b.churn_risk::float8 as "previousRisk", a.as_of::text as "asOf",
            b.model_version as "previousModelVersion",
            ${bandsOf('m')} is distinct from ${bandsOf('n')} as "otherBands", a.lifetime_value::text as "atStake", a.currency,
            a.recency_days as "daysSinceLastOrder", a.frequency, b.frequency as "previousFrequency",
            a.age_days as "ageDays",
            b.as_of - b.age_days is distinct from a.as_of - a.age_days as "otherFirstOrder",
            coalesce(a.subscriptions, 0) as subscriptions, coalesce(b.subscriptions, 0) as "previousSubscriptions",
            coalesce(a.subscriptions_ending, 0) as ending, coalesce(b.subscriptions_ending, 0) as "previousEnding",
            coalesce(a.renewals, 0) as renewals, coalesce(b.renewals, 0) as "previousRenewals"
       from ${before} b join ${after} a using (customer_id)
       left join model m on m.version = b.model_version left join model n on n.version = a.model_version
      where a.risk_band <> b.risk_band`,
  );
  for (;;) {
    const { rows } = await client.query<BandChange>(`fetch ${DECIDED_AT_ONCE} from band_change`);
    if (rows.length > 0)
      await putDecisions(client, layout, 'risk', riskChanges(rows, basis.models.version, new Date()));
    if (rows.length < DECIDED_AT_ONCE) break;
  }
  await client.query('close band_change');
}
