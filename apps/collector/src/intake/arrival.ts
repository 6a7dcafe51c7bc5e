import type { Rejection, RejectionCode } from '@perennial/events';
import type { UnreadableCode } from '../door/unreadable.js';

/** By what way something came in. */
export const origins = ['http', 'segment', 'import', 'kafka'] as const;
export type Origin = (typeof origins)[number];

/** Why something is with the rejected events. */
export type RefusalCode =
  | RejectionCode
  | UnreadableCode
  /** A type that only our own services append. */
  | 'reserved-type'
  /** Of the importer: its own codes say what is wrong with a line. */
  | (string & {});

export type Reason = Omit<Rejection, 'code'> & { code: RefusalCode };

/** One thing that somebody sent: an event, or something that stands for events. */
export interface Arrival {
  /** What claims to be events, in the JSON form of CloudEvents. */
  claims: readonly unknown[];
  /** Why it could not even be read that far. */
  refusal?: Reason;
}

/** Things that came together. */
export interface Delivery {
  origin: Origin;
  /** The source that the publisher's key stands for. */
  publisher?: string;
  arrivals: readonly Arrival[];
  /** An arrival as it was sent, for the rejected events. Asked for only when it is needed. */
  sentText(index: number): string | Buffer;
  /** Where an arrival stands at its origin, e.g. `perennial.inbound, partition 3, offset 17`. */
  reference?(index: number): string;
  receivedAt: Date;
}

/** A refused arrival, as its publisher is told. */
export interface Refusal {
  /** Place in the request. */
  index: number;
  /** The publisher's id of it; null when it has none that can be read. */
  id: string | null;
  code: RefusalCode;
  message: string;
}

export interface Outcome {
  /** Events that are in the journal now and were not before. */
  accepted: number;
  /** Events that were there before. */
  duplicates: number;
  rejected: Refusal[];
}
