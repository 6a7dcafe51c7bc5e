import type { ColumnType } from './column.js';
import { arrayLiteral, type Value } from './literal.js';

/**
 * Values in the form in which Postgres' own types are sent (their "send" and "receive" functions): it reads them several
 * times as fast as text, and we write them faster. A value in another form than the usual one, which Postgres might still
 * understand as text, is left to it: whoever writes is told, and sends text.
 */

/** Zero of Postgres' clock, 2000-01-01, in days since 1970. */
const EPOCH_DAYS = 10_957;
const FIRST_SIZE = 64 * 1024;
/** Texts up to here are written character by character: crossing to the engine's own writer takes longer. */
const SHORT_TEXT = 40;
const NO_DIGIT = 255;

const hexDigits = new Uint8Array(128).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit++) {
  const character = digit.toString(16);
  hexDigits[character.charCodeAt(0)] = digit;
  hexDigits[character.toUpperCase().charCodeAt(0)] = digit;
}

/** Bytes that grow. Methods that take a value answer whether they could write it; if not, nothing of it counts. */
export class BinaryWriter {
  private bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** What was written since the last time. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }

  /** Drops what was written since the last time. */
  drop(): void {
    this.length = 0;
  }

  int16(value: number): void {
    this.need(2);
    this.view.setInt16(this.length, value);
    this.length += 2;
  }

  int32(value: number): void {
    this.need(4);
    this.view.setInt32(this.length, value);
    this.length += 4;
  }

  /** A field that is empty, or a value in its type's form after its length. */
  field(value: Value, write: WriteValue): boolean {
    this.need(4);
    const at = this.length;
    this.length += 4;
    if (value === null || value === undefined) {
      this.view.setInt32(at, -1);
      return true;
    }
    if (!write(this, value)) return false;
    this.view.setInt32(at, this.length - at - 4);
    return true;
  }

  byte(value: number): void {
    this.need(1);
    this.bytes[this.length++] = value;
  }

  /** 64 bits of a whole number that a number holds exactly. */
  int64(value: number): void {
    this.need(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.view.setInt32(this.length, high);
    this.view.setUint32(this.length + 4, value - high * 0x1_0000_0000);
    this.length += 8;
  }

  bigint64(value: bigint): void {
    this.need(8);
    this.view.setBigInt64(this.length, value);
    this.length += 8;
  }

  text(value: string): void {
    this.need(3 * value.length);
    if (value.length > SHORT_TEXT || !this.ascii(value)) this.length += this.bytes.write(value, this.length);
  }

  /** Two digits a byte; `from` skips what is not looked at. Answers false where one is none. */
  hex(value: string, from: number, to: number): boolean {
    this.need((to - from) >> 1);
    const { bytes } = this;
    for (let index = from; index < to; index += 2) {
      const high = hexDigits[value.charCodeAt(index)] ?? NO_DIGIT;
      const low = hexDigits[value.charCodeAt(index + 1)] ?? NO_DIGIT;
      if (high === NO_DIGIT || low === NO_DIGIT) return false;
      bytes[this.length++] = (high << 4) | low;
    }
    return true;
  }

  private ascii(value: string): boolean {
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.length = at;
    return true;
  }

  private need(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Writes a value of one type, without its length; answers false for one in another form than the usual. */
type WriteValue = (to: BinaryWriter, value: NonNullable<Value>) => boolean;

const isWhole = (value: unknown, least: number, greatest: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest;

/** The two digits that stand at a place of a text; NaN where one is none. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NaN;
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 2000-01-01 of a text that begins as `2026-03-01`; NaN where it does not. */
function daysOf(text: string): number {
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const dashes = text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45;
  const longest = (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
  if (!dashes || !(year >= 1) || !(day >= 1 && day <= longest)) return NaN;
  // Years that begin in March end with the leap day: "days_from_civil" (Hinnant, chrono-compatible date algorithms).
  const shifted = month > 2 ? year : year - 1;
  const century = Math.floor(shifted / 400);
  const yearOfEra = shifted - 400 * century;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return 146_097 * century + dayOfEra - 719_468 - EPOCH_DAYS;
}

/** Milliseconds since 2000-01-01 of `2026-03-01T12:00:00.000Z`, the form of all recorded times; NaN for others. */
function millisecondsOf(text: string): number {
  if (text.length !== 24 || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':' || text[19] !== '.')
    return NaN;
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  const last = text.charCodeAt(22) - 48;
  const milliseconds = 10 * twoDigits(text, 20) + last;
  if (!(hour < 24 && minute < 60 && second < 60 && last >= 0 && last <= 9) || text[23] !== 'Z') return NaN;
  return daysOf(text) * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + milliseconds;
}

const INFINITE: Record<string, bigint> = { infinity: 2n ** 63n - 1n, '-infinity': -(2n ** 63n) };

function writeTime(to: BinaryWriter, value: NonNullable<Value>): boolean {
  if (typeof value !== 'string') return false;
  const milliseconds = millisecondsOf(value);
  if (!Number.isNaN(milliseconds)) {
    // Beyond the year 2285 a number does not hold microseconds exactly.
    if (Number.isSafeInteger(1_000 * milliseconds)) to.int64(1_000 * milliseconds);
    else to.bigint64(1_000n * BigInt(milliseconds));
    return true;
  }
  const infinite = INFINITE[value];
  if (infinite !== undefined) to.bigint64(infinite);
  return infinite !== undefined;
}

function writeUuid(to: BinaryWriter, value: NonNullable<Value>): boolean {
  return (
    typeof value === 'string' &&
    value.length === 36 &&
    value[8] === '-' &&
    value[13] === '-' &&
    value[18] === '-' &&
    value[23] === '-' &&
    to.hex(value, 0, 8) &&
    to.hex(value, 9, 13) &&
    to.hex(value, 14, 18) &&
    to.hex(value, 19, 23) &&
    to.hex(value, 24, 36)
  );
}

/** Postgres' exact decimals: digits of base 10,000, how many of them stand before the point, the places that are shown. */
const NUMERIC_DIGITS = 4;
const NUMERIC_NEGATIVE = 0x4000;

function writeNumeric(to: BinaryWriter, value: NonNullable<Value>): boolean {
  const match = /^(-?)0*(\d{0,60})(?:\.(\d{1,60}))?$/.exec(String(value));
  if (!match || match[0].length === match[1]!.length) return false;
  const [, sign, whole, fraction = ''] = match as unknown as [string, string, string, string?];
  const before = Math.ceil(whole.length / NUMERIC_DIGITS);
  const digits =
    whole.padStart(before * NUMERIC_DIGITS, '0') +
    fraction.padEnd(Math.ceil(fraction.length / NUMERIC_DIGITS) * NUMERIC_DIGITS, '0');
  const isZero = !/[1-9]/.test(digits);
  const count = isZero ? 0 : digits.length / NUMERIC_DIGITS;
  to.int16(count);
  to.int16(isZero ? 0 : before - 1);
  to.int16(sign && !isZero ? NUMERIC_NEGATIVE : 0);
  to.int16(fraction.length);
  for (let digit = 0; digit < count; digit++)
    to.int16(Number(digits.slice(digit * NUMERIC_DIGITS, (digit + 1) * NUMERIC_DIGITS)));
  return true;
}

function writeText(to: BinaryWriter, value: NonNullable<Value>): boolean {
  if (typeof value !== 'string') return false;
  to.text(value);
  return true;
}

/** Type numbers of elements, as Postgres' catalogue has them for ever. */
const OIDS: Partial<Record<ColumnType, number>> = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  date: 1082,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
};

/** An array of one dimension. */
function writeArray(to: BinaryWriter, values: readonly Value[], type: ColumnType): boolean {
  to.int32(values.length === 0 ? 0 : 1);
  to.int32(values.some((value) => value === null || value === undefined) ? 1 : 0);
  to.int32(OIDS[type]!);
  if (values.length === 0) return true;
  to.int32(values.length);
  to.int32(1);
  const write = WRITERS[type];
  for (const value of values) if (!to.field(value, write)) return false;
  return true;
}

const arrayOf =
  (type: ColumnType): WriteValue =>
  (to, value) =>
    Array.isArray(value) && writeArray(to, value as readonly string[], type);

const WRITERS: Record<ColumnType, WriteValue> = {
  uuid: writeUuid,
  text: writeText,
  smallint(to, value) {
    if (!isWhole(value, -0x8000, 0x7fff)) return false;
    to.int16(value);
    return true;
  },
  integer(to, value) {
    if (!isWhole(value, -0x8000_0000, 0x7fff_ffff)) return false;
    to.int32(value);
    return true;
  },
  bigint(to, value) {
    if (!isWhole(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) return false;
    to.int64(value);
    return true;
  },
  numeric: writeNumeric,
  timestamptz: writeTime,
  date(to, value) {
    const days = typeof value === 'string' && value.length === 10 ? daysOf(value) : NaN;
    if (Number.isNaN(days)) return false;
    to.int32(days);
    return true;
  },
  boolean(to, value) {
    if (typeof value !== 'boolean') return false;
    to.byte(value ? 1 : 0);
    return true;
  },
  bytea: (to, value) => typeof value === 'string' && value.length % 2 === 0 && to.hex(value, 0, value.length),
  jsonb(to, value) {
    to.byte(1); // version of the form
    return writeText(to, value);
  },
  'text[]': arrayOf('text'),
  'uuid[]': arrayOf('uuid'),
};

/** One for all: nothing is left in it between two calls. */
const writer = new BinaryWriter();

/**
 * One column of many rows as a parameter for `unnest($1::type[])`: in binary form, else as a literal. Arrays of arrays
 * must have equal lengths in Postgres: those are a list of literals, to be cast one by one.
 */
export function arrayParameter(values: readonly Value[], type: ColumnType): Buffer | string {
  if (type.endsWith('[]') || !writeArray(writer, values, type)) {
    writer.drop();
    return arrayLiteral(values, type);
  }
  return writer.take();
}

/** How a column of a row is read, and its type. */
export interface CopiedColumn<Row> {
  read: (row: Row) => Value;
  type: ColumnType;
}

/** Rows of COPY's binary format, without its beginning and its end; undefined where a value is in another form. */
export function copiedRows<Row>(
  columns: readonly CopiedColumn<Row>[],
  rows: readonly Row[],
): Buffer | undefined {
  const writes = columns.map(({ type }) => WRITERS[type]);
  for (const row of rows) {
    writer.int16(columns.length);
    for (let index = 0; index < columns.length; index++)
      if (!writer.field(columns[index]!.read(row), writes[index]!)) {
        writer.drop();
        return undefined;
      }
  }
  return writer.take();
}

/** What stands before and after the rows: see "File Formats, Binary Format" on the page of COPY in Postgres' manual. */
export const COPY_BEGIN = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const COPY_END = Buffer.from([0xff, 0xff]);
