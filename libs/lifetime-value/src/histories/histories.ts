import { inSequence, type Column } from '../numerics/sequence.js';

/**
 * What customers did, as the models see it: one row a customer, or one row for all customers who did the same.
 * All columns have `size` entries. Times are whole periods of `periodDays` days; for models in continuous time
 * a period is a day, for BG/BB it is the span between two opportunities to order.
 */
export interface Histories {
  readonly size: number;
  /** Orders after the first; orders of one period count as one. */
  readonly frequency: Int32Array;
  /** Periods from the first order to the last; 0 without a repeat order. */
  readonly recency: Int32Array;
  /** Periods from the first order to the day until which the customer was observed. */
  readonly age: Int32Array;
  /** How many customers the row stands for. */
  readonly weight: Float64Array;
  readonly periodDays: number;
}

export interface HistoryColumns {
  frequency: ArrayLike<number>;
  recency: ArrayLike<number>;
  age: ArrayLike<number>;
  /** Default: each row is one customer. */
  weight?: ArrayLike<number>;
  /** Default: 1. */
  periodDays?: number;
}

/**
 * Checks columns and makes histories of them. Those that are an Int32Array (`weight`: a Float64Array) are not copied: don't
 * change them afterwards. Throws a RangeError that names the row and what is wrong with
 * it: no model has a likelihood for a last order before the first or after the end.
 */
export function histories(columns: HistoryColumns): Histories {
  const { frequency, recency, age, weight, periodDays = 1 } = columns;
  const size = frequency.length;
  if (recency.length !== size || age.length !== size || (weight && weight.length !== size)) {
    throw new RangeError('The columns frequency, recency, age and weight must be equally long.');
  }
  if (!(periodDays > 0)) throw new RangeError('periodDays must be above 0.');
  const checked: Histories = {
    size,
    frequency: wholeNumbers(frequency),
    recency: wholeNumbers(recency),
    age: wholeNumbers(age),
    weight: weight ? numbers(weight) : new Float64Array(size).fill(1),
    periodDays,
  };
  const row = Math.min(firstUnsound(checked), weight ? firstUnsoundWeight(checked) : size);
  if (row < size)
    throw new RangeError(
      `Row ${row}: ${problemOf(frequency[row]!, recency[row]!, age[row]!, weight ? weight[row]! : 1)}.`,
    );
  return checked;
}

const numbers = (column: ArrayLike<number>): Float64Array =>
  column instanceof Float64Array ? column : new Float64Array(column);

/** In place of what is no whole number, or too large to be one of these. */
const UNSOUND = -1;

function wholeNumbers(column: ArrayLike<number>): Int32Array {
  if (column instanceof Int32Array) return column;
  const whole = new Int32Array(column);
  for (let row = 0; row < whole.length; row++) if (whole[row] !== column[row]) whole[row] = UNSOUND;
  return whole;
}

/**
 * The first row that `problemOf` has something to say of; `size` without such. Rows differ in what is true of them, so
 * that a processor would guess wrong at every second condition: instead the signs of all of them are looked at together.
 */
function firstUnsound({ size, frequency, recency, age }: Histories): number {
  for (let row = 0; row < size; row++) {
    const x = frequency[row]!;
    const last = recency[row]!;
    const end = age[row]!;
    // The last one is below 0 where x is 0 and the last order is not the first.
    const signs = x | last | (end - last) | (LONGEST - end) | ((x - 1) & -last);
    if (signs < 0) return row;
  }
  return size;
}

function firstUnsoundWeight({ size, weight }: Histories): number {
  for (let row = 0; row < size; row++) if (!(weight[row]! >= 0 && weight[row]! < Infinity)) return row;
  return size;
}

/** Above this a table by period would no longer fit: in days, 2,700 years. */
const LONGEST = 1_000_000;
/** The largest number of a column. */
const MOST = 2_147_483_647;

function problemOf(frequency: number, recency: number, age: number, weight: number): string | undefined {
  if (!Number.isInteger(frequency) || frequency < 0 || frequency > MOST)
    return `the frequency must be a whole number from 0 to ${MOST}`;
  if (!Number.isInteger(recency) || !Number.isInteger(age)) return 'recency and age must be whole periods';
  if (age < 0 || age > LONGEST) return `the age must be between 0 and ${LONGEST} periods`;
  if (recency < 0 || recency > age) return 'the last order must be between the first and the end';
  if (frequency === 0 && recency !== 0) return 'without a repeat order the recency is 0';
  if (!(weight >= 0) || weight === Infinity) return 'the weight must be a number from 0 on';
  return undefined;
}

/** How many customers the rows stand for. */
export function customersOf({ weight }: Histories): number {
  let sum = 0;
  for (let row = 0; row < weight.length; row++) sum += weight[row]!;
  return sum;
}

/** All that tells customers apart; `sequenceOf` these, what is computed of customers does not depend on who comes first. */
export const columnsOf = ({ frequency, age, recency, weight }: Histories): Column[] => [
  frequency,
  age,
  recency,
  weight,
];

/** Some rows, in the sequence in which they are named. */
export const rowsOf = (
  { frequency, recency, age, weight, periodDays }: Histories,
  rows: Uint32Array,
): Histories => ({
  size: rows.length,
  frequency: inSequence(frequency, rows),
  recency: inSequence(recency, rows),
  age: inSequence(age, rows),
  weight: inSequence(weight, rows),
  periodDays,
});

/** The same for histories that several have in common, who have them in common afterwards: what is known of them is looked up by them. */
export function sharedRows(rows: Uint32Array): (of: Histories) => Histories {
  const known = new Map<Histories, Histories>();
  return (of) => {
    const found = known.get(of) ?? rowsOf(of, rows);
    known.set(of, found);
    return found;
  };
}
