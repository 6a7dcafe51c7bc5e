import { createHash } from 'node:crypto';
import type { EventData, EventName } from '@perennial/events';
import type { ProjectedEvent } from '../event.js';

/** Runs a query inside the transaction that applies the batch. */
export type Query = <Row extends object>(sql: string, parameters?: unknown[]) => Promise<Row[]>;

/** An event that a policy wants to be appended to the journal. */
export interface Decision<Name extends EventName = EventName> {
  type: Name;
  /** The stream it belongs to, and the subject in plain words: `customer:<id>`. */
  streamId: string;
  subject: string;
  time: string;
  data: EventData<Name>;
  /** What it follows from: event ids, or any other text that is the same whenever the same decision is made. */
  cause: string;
}

/** A table in which a policy remembers what it decided; in `<service>_tables`, beside the read models. */
export interface PolicyTable {
  name: string;
  comment: string;
  /** Columns and constraints, as in `create table`. */
  columns: string;
  /** Columns of each additional index. */
  indexes?: string[][];
}

/**
 * Code that reacts to events by deciding. It runs in the transaction that applies the events, after the
 * fact tables; what it decides is committed with them and then appended to the journal, exactly once: the
 * id of a decision is derived from its cause.
 */
export interface Policy {
  name: string;
  on: readonly EventName[];
  /** The read models lag behind our own decisions, which reach them through the journal; these tables don't. */
  remembers?: readonly PolicyTable[];
  decide(events: readonly ProjectedEvent[], query: Query): Promise<Decision[]>;
  /**
   * Decides what events should have led to that were never given to `decide`. Called at every start, when
   * there may be nothing to do (a cheap look must do), and after a `rebuild`, which reads events of the
   * journal that no batch had brought yet.
   */
  reconcile?(query: Query, after: 'start' | 'rebuild'): Promise<Decision[]>;
}

/** The id of a decision: a UUID made from the policy and the cause, so that deciding again appends nothing. */
export function decisionId(policy: string, { type, cause }: Pick<Decision, 'type' | 'cause'>): string {
  const hash = createHash('sha1')
    .update(`perennial:decision\n${policy}\n${type}\n${cause}`)
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
