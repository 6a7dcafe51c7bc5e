/** Why nothing of a request can be read. */
export type UnreadableCode =
  | 'empty-body'
  | 'not-json'
  | 'not-a-batch'
  | 'bad-encoding'
  | 'bad-compression'
  | 'too-large'
  | 'unsupported-format'
  | 'unsupported-encoding';

const statuses: Partial<Record<UnreadableCode, number>> = {
  'too-large': 413,
  'unsupported-format': 415,
  'unsupported-encoding': 415,
};

/** Nothing of a request can be read; the message quotes nothing of it. */
export class Unreadable extends Error {
  constructor(
    readonly code: UnreadableCode,
    message: string,
  ) {
    super(message);
  }

  /** HTTP status of the answer. */
  get status(): number {
    return statuses[this.code] ?? 400;
  }
}
