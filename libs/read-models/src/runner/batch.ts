import type pg from 'pg';
import { awake, endSilentTransaction, type RecordedEvent } from '@perennial/journal';
import type { ReadModels } from '../read-models.js';
import { decisionId, type Decision, type Query } from '../policies/policy.js';
import { quoted } from '../storage/column.js';
import { inOrder, nothing, type Statement } from '../storage/in-order.js';
import type { Layout } from '../storage/layout.js';
import { schemaLock } from '../storage/schema.js';
import { advance, type Move } from './cursor.js';
import type { Projector, Projected, Unapplied } from './projector.js';
import { Writer } from './writer.js';

/** What a batch is applied to: the live tables, or some that are built beside them. */
export interface Target {
  models: ReadModels;
  layout: Layout;
  consumer: string;
  projector: Projector;
  /** Whether policies decide and unapplied events are noted: only for the live tables. */
  live: boolean;
}

export interface AppliedBatch {
  unapplied: Unapplied[];
  decisions: number;
}

/** SQLSTATE classes 22 (data) and 23 (constraint): the row is at fault, not the server. */
export const isDataError = (error: unknown): boolean =>
  /^2[23]/.test((error as { code?: string } | null)?.code ?? '');

/**
 * Applies events and moves the cursors in one transaction: both or neither. An event that the database
 * refuses is found by halving the batch and set aside; its neighbours are applied.
 * Throws FenceLost when a shard has another owner.
 */
export async function applyBatch(
  client: pg.ClientBase,
  target: Target,
  events: readonly RecordedEvent[],
  moves: readonly Move[],
  /** The events, projected already, e.g. while the batch before was written. */
  projected?: Projected,
): Promise<AppliedBatch> {
  return inTransaction(client, target.layout, 'shared', () =>
    writeEvents(client, target, events, projected, () =>
      advance(client, target.layout.service, target.consumer, moves),
    ),
  );
}

/** A process that stands still keeps its shards from whoever takes over for no longer than others wait for it. */
const endSilentBatch = `set local idle_in_transaction_session_timeout to '5s'`;

/** The transaction of every batch: it sees the layout's tables and keeps a switch of tables waiting. */
export async function inTransaction<Result>(
  client: pg.ClientBase,
  layout: Layout,
  lock: 'shared' | 'exclusive',
  work: () => Promise<Result>,
): Promise<Result> {
  // Losing the last commits in a crash only means applying these events again; the journal is what must be on disk.
  await client.query(
    `begin; set local synchronous_commit to off; set local search_path to ${layout.searchPath}; ${layout.beside ? endSilentTransaction : endSilentBatch}; select pg_advisory_xact_lock${lock === 'shared' ? '_shared' : ''}(${schemaLock(layout.service)})`,
  );
  try {
    const result = await (layout.beside ? awake(client, work) : work());
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/**
 * Writes what the events contribute, inside the caller's transaction. `first` comes before, in one go with the first of
 * our statements.
 */
export async function writeEvents(
  client: pg.ClientBase,
  target: Target,
  events: readonly RecordedEvent[],
  projected?: Projected,
  first: Statement = nothing,
): Promise<AppliedBatch> {
  const applied = await writeProjected(
    client,
    target,
    events,
    projected ?? (await target.projector.project(events)),
    first,
  );
  if (target.live) await note(client, target.layout, target.models, applied.unapplied);
  return applied;
}

/**
 * A batch is about few rows of any table, and finds them by keys. Of a table that is still small the planner would rather
 * read all, each time; what a batch costs would grow with the table. Where it may not, it still reads all of an index, if
 * that seems cheaper than so many look-ups: so it is told what these cost here, where pages that were just written are in memory.
 * A look-up takes as long as reading some eight rows in sequence, not fifty.
 */
const byKeysOnly =
  'set local enable_seqscan to off; set local random_page_cost to 0.2; set local cpu_index_tuple_cost to 0.1';

/** How many rows a batch has says nothing new then: a plan made once serves all, and making one takes milliseconds. */
const plannedOnce = 'set local plan_cache_mode to force_generic_plan';

async function writeProjected(
  client: pg.ClientBase,
  target: Target,
  events: readonly RecordedEvent[],
  projected: Projected,
  first: Statement = nothing,
): Promise<AppliedBatch> {
  // All that the shards have moved over may be of no use to the service.
  if (events.length === 0) {
    await first();
    return { unapplied: [], decisions: 0 };
  }
  const save = () =>
    client.query(target.live ? `savepoint batch; ${byKeysOnly}; ${plannedOnce}` : 'savepoint batch');
  try {
    await new Writer(client, target.layout, target.models.derived, target.models.aggregates).write(
      projected.folds,
      () => inOrder(client, [first, save]),
    );
    const decisions = target.live ? await decide(client, target, projected) : 0;
    await client.query('release savepoint batch');
    return { unapplied: projected.unapplied, decisions };
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('rollback to savepoint batch');
    if (events.length === 1) {
      const [event] = events as [RecordedEvent];
      return {
        unapplied: [{ event, reason: 'refused-by-database', message: (error as Error).message }],
        decisions: 0,
      };
    }
    const middle = events.length >> 1;
    const halves = [events.slice(0, middle), events.slice(middle)];
    const applied: AppliedBatch = { unapplied: [], decisions: 0 };
    for (const half of halves) {
      const part = await writeProjected(client, target, half, await target.projector.project(half));
      applied.unapplied.push(...part.unapplied);
      applied.decisions += part.decisions;
    }
    return applied;
  }
}

/** Keeps events that could not be applied, with the reason. */
export async function note(
  client: pg.ClientBase,
  layout: Layout,
  models: ReadModels,
  unapplied: readonly Unapplied[],
): Promise<void> {
  for (const { event, reason, message } of unapplied)
    await client.query(
      `insert into ${quoted(layout.live)}.unapplied (event_id, shard, position, type, reason, message, read_models)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (event_id) do update set reason = excluded.reason, message = excluded.message, noticed_at = now()`,
      [
        event.eventId,
        event.shard,
        event.position,
        event.type,
        reason,
        message.replaceAll('\u0000', ' '),
        models.facts.map(({ table }) => table.name),
      ],
    );
}

async function decide(
  client: pg.ClientBase,
  { models, layout }: Target,
  { forPolicies }: Projected,
): Promise<number> {
  let count = 0;
  for (const policy of models.policies) {
    const events = forPolicies.filter(({ type }) => policy.on.includes(type));
    if (events.length === 0) continue;
    count += await putDecisions(client, layout, policy.name, await policy.decide(events, queryOn(client)));
  }
  return count;
}

/** Lets policies decide what no batch gave them to decide; inside a transaction that sees the live tables. */
export async function reconcile(
  client: pg.ClientBase,
  models: ReadModels,
  layout: Layout,
  after: 'start' | 'rebuild',
): Promise<void> {
  for (const policy of models.policies)
    await putDecisions(client, layout, policy.name, (await policy.reconcile?.(queryOn(client), after)) ?? []);
}

const queryOn =
  (client: pg.ClientBase): Query =>
  async <Row extends object>(sql: string, parameters: unknown[] = []) =>
    (await client.query<Row>(sql, parameters)).rows;

/** Keeps decisions for the journal, in the transaction that makes them; `flushOutbox` appends them. Answers how many. */
export async function putDecisions(
  client: pg.ClientBase,
  layout: Layout,
  policy: string,
  decisions: readonly Decision[],
): Promise<number> {
  if (decisions.length === 0) return 0;
  // What is in the journal must not be forgotten here: it would be decided again, differently.
  await client.query('set local synchronous_commit to on');
  await client.query(
    `insert into ${quoted(layout.live)}.outbox (event_id, policy, event)
     select event_id, $2, event from unnest($1::uuid[], $3::jsonb[]) as decided(event_id, event) on conflict do nothing`,
    [
      decisions.map((decision) => decisionId(policy, decision)),
      policy,
      decisions.map((decision) => JSON.stringify(decision)),
    ],
  );
  return decisions.length;
}
