import type { Row } from './template.js';

/** One line of a file, or one record of a CSV file, whose quoted values may go over several lines. */
export interface Line {
  /** Number of the (first) line in the file, from 1. */
  number: number;
  /** Its values, or the problem for which it has none. */
  values: Row;
  problem?: { code: string; message: string };
}
