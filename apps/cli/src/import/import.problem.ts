import { Refused } from '../system/problem.js';

/** Why a file can't be read, in a sentence for the reader of a terminal. */
export class FileProblem extends Refused {}

/** What is wrong with one line. The message names columns, never values: they could be personal. */
export class BadLine extends Error {
  override name = 'BadLine';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
