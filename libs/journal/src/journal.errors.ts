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

/** What can't be written at once because the store takes less; nothing of it was written. */
export class EventTooLarge extends Error {
  constructor(readonly limit: number) {
    super(`The journal takes at most ${limit} bytes at once, and these events are more.`);
  }
}
