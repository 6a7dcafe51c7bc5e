import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { COPY_BEGIN } from '@perennial/read-models';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/**
 * COPY in Postgres' binary format, for rows of fixed width and of decimals: a million rows in a second or two,
 * without an object or a text for any of them, which the rows of a projection have. See "File Formats, Binary Format"
 * on the page of COPY in its manual.
 */

/**
 * Reads what a query gives; every row must have the same width, so no column may be empty or of text. `take` gets
 * each row with the offset of its first field's length; the fields follow each other, each after four bytes of length.
 */
export async function readRows(
  client: pg.ClientBase,
  query: string,
  width: number,
  take: (row: Buffer, offset: number) => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  const rows = new Writable({
    write(chunk: Buffer, _encoding, done) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      if (!begun) {
        if (data.length < COPY_BEGIN.length) {
          rest = data;
          done();
          return;
        }
        data = data.subarray(COPY_BEGIN.length);
        begun = true;
      }
      let offset = 0;
      // Each row begins with the number of its fields in two bytes; -1 ends them.
      for (; offset + width + 2 <= data.length; offset += width + 2) {
        if (data.readInt16BE(offset) < 0) break;
        take(data, offset + 2);
      }
      rest = data.subarray(offset);
      done();
    },
  });
  await pipeline(client.query(copyTo(`copy (${query}) to stdout (format binary)`)), rows);
  if (rest.length !== 2) throw new Error(`A row of the query is not ${width} bytes wide: ${query}`);
}

const BYTES_AT_ONCE = 1 << 16;
/** More than any row takes; one that did not fit would throw. */
const ROOM = 1 << 12;

/** Writes rows of a table in the binary format; `fields` is how many columns each has. */
export class RowWriter {
  private bytes = Buffer.allocUnsafeSlow(BYTES_AT_ONCE + ROOM);
  private view = viewOf(this.bytes);
  private length = 0;

  constructor(private readonly fields: number) {
    this.length = COPY_BEGIN.copy(this.bytes);
  }

  get isFull(): boolean {
    return this.length >= BYTES_AT_ONCE;
  }

  begin(): void {
    this.view.setInt16(this.length, this.fields);
    this.length += 2;
  }

  uuid(bytes: Buffer, offset: number): void {
    const at = this.length;
    this.view.setInt32(at, 16);
    for (let byte = 0; byte < 16; byte++) this.bytes[at + 4 + byte] = bytes[offset + byte]!;
    this.length = at + 20;
  }

  integer(value: number): void {
    const at = this.length;
    this.view.setInt32(at, 4);
    this.view.setInt32(at + 4, value);
    this.length = at + 8;
  }

  /** A day since 1970; Postgres counts from 2000. */
  date(day: number): void {
    this.integer(day - 10_957);
  }

  /** Text that was encoded before. */
  text(bytes: Buffer): void {
    this.view.setInt32(this.length, bytes.length);
    this.bytes.set(bytes, this.length + 4);
    this.length += 4 + bytes.length;
  }

  empty(): void {
    this.view.setInt32(this.length, -1);
    this.length += 4;
  }

  /**
   * An exact decimal with up to four places, rounded half away from zero. What is no number is an empty field.
   * Postgres' numeric: digits of base 10,000, the weight of the first, the sign, the scale that is shown.
   */
  decimal(value: number, scale: 0 | 1 | 2 | 3 | 4): void {
    if (!Number.isFinite(value)) {
      this.empty();
      return;
    }
    const units = Math.round(Math.abs(value) * POWERS[scale]!) * POWERS[4 - scale]!;
    const whole = Math.floor(units / 10_000);
    const groups = whole === 0 ? 0 : whole < 1e4 ? 1 : whole < 1e8 ? 2 : whole < 1e12 ? 3 : 4;
    const { view } = this;
    const at = this.length;
    view.setInt32(at, 10 + 2 * groups);
    view.setInt16(at + 4, groups + 1);
    view.setInt16(at + 6, groups - 1);
    view.setInt16(at + 8, value < 0 && units > 0 ? 0x4000 : 0);
    view.setInt16(at + 10, scale);
    let rest = whole;
    for (let group = groups; group > 0; group--) {
      const higher = Math.floor(rest / 10_000);
      view.setInt16(at + 10 + 2 * group, rest - higher * 10_000);
      rest = higher;
    }
    view.setInt16(at + 12 + 2 * groups, units - whole * 10_000);
    this.length = at + 14 + 2 * groups;
  }

  /** What was written since the last time. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(BYTES_AT_ONCE + ROOM);
    this.view = viewOf(this.bytes);
    this.length = 0;
    return taken;
  }

  end(): void {
    this.view.setInt16(this.length, -1);
    this.length += 2;
  }
}

const POWERS = [1, 10, 100, 1_000, 10_000];

/** Half as slow as the methods of Buffer. */
const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Rows that are written one after the other, each field by field. */
export interface Rows {
  size: number;
  write(writer: RowWriter, row: number): void;
}

/** Loads rows into the columns of a table. Parts are asked for when those before are on their way. */
export async function writeRows(
  client: pg.ClientBase,
  into: { table: string; columns: readonly string[] },
  parts: Iterable<Rows>,
): Promise<void> {
  const writer = new RowWriter(into.columns.length);
  function* chunks(): Generator<Buffer> {
    for (const part of parts) {
      for (let row = 0; row < part.size; row++) {
        writer.begin();
        part.write(writer, row);
        if (writer.isFull) yield writer.take();
      }
    }
    writer.end();
    yield writer.take();
  }
  await pipeline(
    Readable.from(chunks()),
    client.query(copyFrom(`copy ${into.table} (${into.columns.join(', ')}) from stdin (format binary)`)),
  );
}
