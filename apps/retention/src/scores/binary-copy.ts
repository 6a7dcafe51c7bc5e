import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/**
 * COPY in Postgres' binary format, for rows of fixed width and of decimals: a million rows in a second or two,
 * without an object for any of them. See "File Formats, Binary Format" on the page of COPY in its manual.
 */

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

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
        if (data.length < SIGNATURE.length) {
          rest = data;
          done();
          return;
        }
        data = data.subarray(SIGNATURE.length);
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

/** Writes rows of a table in the binary format; `fields` is how many columns each has. */
export class RowWriter {
  private buffer = Buffer.allocUnsafe(BYTES_AT_ONCE * 2);
  private length = 0;

  constructor(private readonly fields: number) {
    this.length = SIGNATURE.copy(this.buffer);
  }

  get isFull(): boolean {
    return this.length >= BYTES_AT_ONCE;
  }

  begin(): void {
    this.length = this.buffer.writeInt16BE(this.fields, this.length);
  }

  uuid(bytes: Buffer, offset: number): void {
    this.length = this.buffer.writeInt32BE(16, this.length);
    bytes.copy(this.buffer, this.length, offset, offset + 16);
    this.length += 16;
  }

  integer(value: number): void {
    this.length = this.buffer.writeInt32BE(4, this.length);
    this.length = this.buffer.writeInt32BE(value, this.length);
  }

  /** A day since 1970; Postgres counts from 2000. */
  date(day: number): void {
    this.integer(day - 10_957);
  }

  /** Text that was encoded before. */
  text(bytes: Buffer): void {
    this.length = this.buffer.writeInt32BE(bytes.length, this.length);
    this.length += bytes.copy(this.buffer, this.length);
  }

  empty(): void {
    this.length = this.buffer.writeInt32BE(-1, this.length);
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
    const units = Math.round(Math.abs(value) * 10 ** scale) * 10 ** (4 - scale);
    const whole = Math.floor(units / 10_000);
    const groups = whole === 0 ? 0 : whole < 1e4 ? 1 : whole < 1e8 ? 2 : whole < 1e12 ? 3 : 4;
    const { buffer } = this;
    let at = buffer.writeInt32BE(8 + 2 * (groups + 1), this.length);
    at = buffer.writeInt16BE(groups + 1, at);
    at = buffer.writeInt16BE(groups - 1, at);
    at = buffer.writeUInt16BE(value < 0 && units > 0 ? 0x4000 : 0, at);
    at = buffer.writeInt16BE(scale, at);
    for (let group = groups - 1; group >= 0; group--)
      at = buffer.writeInt16BE(Math.floor(whole / 10_000 ** group) % 10_000, at);
    this.length = buffer.writeInt16BE(units - whole * 10_000, at);
  }

  /** What was written since the last time. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafe(BYTES_AT_ONCE * 2);
    this.length = 0;
    return taken;
  }

  end(): void {
    this.length = this.buffer.writeInt16BE(-1, this.length);
  }
}

/** Loads rows into the columns of a table; each is a function that writes its fields. */
export async function writeRows(
  client: pg.ClientBase,
  into: { table: string; columns: readonly string[] },
  rows: Iterable<(writer: RowWriter) => void>,
): Promise<void> {
  const writer = new RowWriter(into.columns.length);
  function* chunks(): Generator<Buffer> {
    for (const write of rows) {
      writer.begin();
      write(writer);
      if (writer.isFull) yield writer.take();
    }
    writer.end();
    yield writer.take();
  }
  await pipeline(
    Readable.from(chunks()),
    client.query(copyFrom(`copy ${into.table} (${into.columns.join(', ')}) from stdin (format binary)`)),
  );
}
