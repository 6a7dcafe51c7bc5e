import type { Policy, ProjectedEvent } from '@perennial/read-models';
import { keptTables, ORDER_COST_DUE } from './kept-values.tables.js';

/** Identifiers whose customers have to be scored again. A row is never waited for: there is no key. */
export const SCORE_DUE = 'score_due';

/** In place of an identifier: whatever everybody's scores depend on has changed. */
export const EVERYBODY = '00000000-0000-0000-0000-000000000000';

/** Types of events that no customer is named by, or that any customer's value depends on. */
const forEverybody: ReadonlySet<string> = new Set([
  'product.cost.stated',
  'order.cost.stated',
  'exchange.rate.published',
  'reporting.currency.set',
]);

/** Notes whose scores the events of a batch change; the scorer follows after the batch has committed. */
export const scoring: Policy = {
  name: 'scoring',
  on: [
    'order.placed',
    'order.updated',
    'order.cancelled',
    'order.returned',
    'customers.merged',
    'customers.split',
    'risk.changed',
    'subscription.started',
    'subscription.changed',
    'subscription.renewed',
    'subscription.cancelled',
    'subscription.resumed',
    'product.cost.stated',
    'order.cost.stated',
    'exchange.rate.published',
    'reporting.currency.set',
  ],
  remembers: [
    {
      name: SCORE_DUE,
      comment: 'Identifiers whose customers have to be scored again; the scorer takes them from here.',
      columns: 'subject_id uuid not null',
    },
    {
      name: 'scored',
      comment: 'What the scores were computed for when all of them were computed last: one row.',
      columns: 'of text primary key, as_of date not null, model_version integer not null',
    },
    ...keptTables,
  ],
  async decide(events, query) {
    const due = new Set(events.flatMap((event) => subjectsOf(event)));
    await query(`insert into ${SCORE_DUE} (subject_id) select unnest($1::uuid[])`, [[...due]]);
    const costed = events.flatMap((event) => orderCosted(event));
    if (costed.length > 0)
      await query(`insert into ${ORDER_COST_DUE} (order_id) select unnest($1::text[])`, [costed]);
    return [];
  },
};

function subjectsOf({ type, data, subjectId }: ProjectedEvent): string[] {
  if (forEverybody.has(type)) return [EVERYBODY];
  if (type === 'customers.merged' || type === 'customers.split') {
    const moved = data as ProjectedEvent<'customers.split'>['data'];
    return [...moved.subjectIds, moved.customerId, ...(moved.fromCustomerId ? [moved.fromCustomerId] : [])];
  }
  return [subjectId];
}

/** Who states what an order cost often knows no customer. */
const orderCosted = ({ type, data }: ProjectedEvent): string[] =>
  type === 'order.cost.stated' ? [(data as ProjectedEvent<'order.cost.stated'>['data']).orderId] : [];
