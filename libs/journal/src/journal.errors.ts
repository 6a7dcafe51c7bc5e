import type { Append, Appended, AppendResult, ExpectedVersion } from './journal.port.js';

/** A setting names a journal that can't be used. */
export class JournalUrlError extends Error {
  /** sysexits.h: the configuration is wrong. */
  readonly exitCode = 78;
}

/** The journal can't be reached at the moment. The same may be sent again. */
export class JournalUnavailable extends Error {
  /** sysexits.h: a service is unavailable. */
  readonly exitCode = 69;
}

/** The stream has moved on since it was read. */
export class VersionConflict extends Error {
  constructor(
    readonly streamId: string,
    readonly expected: ExpectedVersion,
    readonly actual: number,
  ) {
    super(`Stream ${streamId} is at version ${actual}, expected ${expected}.`);
  }
}

/** What can't be written at once because the store takes less. */
export class EventTooLarge extends Error {
  /** `limit` in bytes, of an event as it is stored: its personal data sealed, its source, id and subject beside it. */
  constructor(readonly limit: number) {
    super(`The journal takes at most ${limit} bytes at once, and this is more.`);
  }
}

/** The result of an append that has to succeed. Throws `VersionConflict` or `EventTooLarge`. */
export function appended(
  { streamId, expectedVersion }: Pick<Append, 'streamId' | 'expectedVersion'>,
  result: AppendResult | undefined,
): Appended {
  if (result?.status === 'appended') return result;
  if (result?.status === 'too-large') throw new EventTooLarge(result.limit);
  throw new VersionConflict(streamId, expectedVersion, result?.version ?? 0);
}
