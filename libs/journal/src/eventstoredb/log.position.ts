/** A place in EventStoreDB's log, as `$all` gives it. Numbers are safe: they are bytes, and a log has less than 2^53. */
export interface LogPosition {
  commit: number;
  prepare: number;
}

export const START: LogPosition = { commit: -1, prepare: -1 };

export const isAfter = (a: LogPosition, b: LogPosition): boolean => a.commit > b.commit;
export const later = (a: LogPosition, b: LogPosition): LogPosition => (isAfter(a, b) ? a : b);
