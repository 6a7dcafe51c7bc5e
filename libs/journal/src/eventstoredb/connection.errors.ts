import { JournalUnavailable, JournalUrlError } from '../journal.errors.js';

/** gRPC's numbers for what went wrong. */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const ABORTED = 10;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Errors after which the same may be tried again: a connection that broke, a server that is busy or no longer leads. */
const PASSING = new Set([CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE]);
/** What the client says without a code: no member of the cluster answered; a write met a connection just closed. */
const PASSING_MESSAGE = /^Failed to discover|write after end|not-leader|Leader info available/;

/** An answer of the server that will pass, or one that it never gave. */
export class PassingFault extends Error {}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

export const isPassing = (error: unknown): boolean =>
  error instanceof PassingFault ||
  PASSING.has(codeOf(error) as number) ||
  (error instanceof Error && PASSING_MESSAGE.test(error.message));

export const isStreamNotFound = (error: unknown): boolean =>
  error instanceof Error && /stream-not-found|is not found\.$/.test(error.message);

/** What the operator is told, who knows settings and servers but not gRPC. `servers` names no user and no password. */
export function explained(error: unknown, servers: string): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replace(/^\d+ [A-Z_]+: /, '').replace(/\.?\s*Resolution note:.*$/s, '');
  const code = codeOf(error);
  if (code === UNAUTHENTICATED)
    return new JournalUrlError(
      `EventStoreDB at ${servers} does not know the user and password of JOURNAL_URL (${reason}).`,
      { cause: error },
    );
  if (code === PERMISSION_DENIED)
    return new JournalUrlError(
      `EventStoreDB at ${servers} lets the user of JOURNAL_URL not read "$all" or not write: put it into the group $admins, or change the access lists.`,
      { cause: error },
    );
  if (code === UNIMPLEMENTED)
    return new JournalUrlError(
      `What answers at ${servers} is no EventStoreDB of version 21.10 or later (${reason}).`,
      { cause: error },
    );
  if (isPassing(error))
    return new JournalUnavailable(
      `EventStoreDB can't be reached at ${servers}: ${reason}. Does it run, and does "tls" in JOURNAL_URL say how it listens?`,
      { cause: error },
    );
  return error;
}
