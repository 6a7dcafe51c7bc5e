import { putDecisions, type Layout, type Policy } from '@perennial/read-models';
import type pg from 'pg';
import { groupChangesOf, type Regrouped, type ThresholdsInForce } from './groups.decider.js';

const NAME = 'groups';
const KNOWN = 'group_known';
const GROUPED = 'grouped';

/** SQL: whether a rate may be what thresholds wait for. */
const anyInOtherCurrency = `exists (
  select from group_thresholds where currency is distinct from (select fitted ->> 'currency' from model order by version desc limit 1))`;

/** Remembers in which group each customer is known to be: the first one is no change, and no event. */
export const grouping: Policy = {
  name: NAME,
  on: ['group.thresholds.set', 'exchange.rate.published'],
  remembers: [
    {
      name: KNOWN,
      comment: 'The group that each customer is known to be in, and what it was grouped by.',
      columns:
        '"customer_id" uuid primary key, "group" text not null, model_version integer not null, set_by uuid',
    },
    {
      name: GROUPED,
      comment: 'The scores that customers were grouped by last: one row; none if it has to be done again.',
      columns: 'of text primary key, as_of date not null, model_version integer not null',
    },
  ],
  async decide(events, query) {
    const isSet = events.some(({ type }) => type === 'group.thresholds.set');
    await query(`delete from ${GROUPED} ${isSet ? '' : `where ${anyInOtherCurrency}`}`);
    return [];
  },
};

/**
 * Groups all customers anew if their scores were computed for another day or by another version since, or the
 * thresholds were set: once a day, in a transaction that finds the live tables. Answers whether it did.
 */
export async function regroup(client: pg.ClientBase, layout: Layout, now: Date): Promise<boolean> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('perennial:groups', 0))`);
  const { rowCount } = await client.query(
    `select from scored s where not exists (
       select from ${GROUPED} g where (g.as_of, g.model_version) = (s.as_of, s.model_version))`,
  );
  if (rowCount === 0) return false;
  const { rows: regrouped } = await client.query<Regrouped>(
    `select g.customer_id as "customerId", k."group" as "from", g."group" as "to", g.as_of::text as "asOf",
            g.model_version as "modelVersion", g.value_per_year::text as "valuePerYear", g.loyalty::float8 as loyalty,
            g.expected_value::text as "expectedValue", g.currency,
            k.model_version as "previousModelVersion", k.set_by as "previousSetBy"
       from retention.relationship_group g join ${KNOWN} k using (customer_id)
      where k."group" <> g."group"`,
  );
  const { rows } = await client.query<ThresholdsInForce>(
    `select value_per_year::text as "valuePerYear", loyalty::float8 as loyalty, set_by as "setBy"
       from retention.group_thresholds_in_force`,
  );
  if (rows[0]) await putDecisions(client, layout, NAME, groupChangesOf(regrouped, rows[0], now));
  await client.query(
    `insert into ${KNOWN} (customer_id, "group", model_version, set_by)
     select customer_id, g."group", g.model_version, t.set_by
       from retention.relationship_group g cross join retention.group_thresholds_in_force t
     on conflict (customer_id) do update
        set "group" = excluded."group", model_version = excluded.model_version, set_by = excluded.set_by
      where (${KNOWN}."group", ${KNOWN}.model_version, ${KNOWN}.set_by)
            is distinct from (excluded."group", excluded.model_version, excluded.set_by)`,
  );
  await client.query(
    `delete from ${GROUPED}; insert into ${GROUPED} select of, as_of, model_version from scored`,
  );
  return true;
}
