import type { IHeaders, RecordBatchEntry } from 'kafkajs';

/**
 * A record as it lies in the answer of a fetch. Nothing of it is copied or read as text before it is asked for: most
 * services have a use for few of the events that they are given, and nobody for all headers.
 */
export class FetchedRecord implements RecordBatchEntry {
  /** Kafka gives records none yet. */
  readonly attributes = 0;
  /** Where the header begins that is asked for next, if headers are asked for in the order in which they were written. */
  private next: number;

  constructor(
    private readonly bytes: Buffer,
    readonly offset: string,
    /** Milliseconds, as text. */
    readonly timestamp: string,
    /** Whether it marks the end of a transaction, and is no record of anybody. */
    readonly isControlRecord: boolean,
    /** Of the batch: kafkajs leaves out what belongs to transactions that were aborted. */
    readonly batchContext: { producerId: string; inTransaction: boolean },
    private readonly keyAt: number,
    private readonly keyLength: number,
    private readonly valueAt: number,
    private readonly valueLength: number,
    /** Where the headers begin, after their number. */
    private readonly headersAt: number,
    private readonly headerCount: number,
    /** Where the record ends. */
    private readonly end: number,
  ) {
    this.next = headersAt;
  }

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueLength);
  }

  /** Key and value as text; empty where there is none. */
  get keyText(): string {
    return this.keyLength <= 0 ? '' : this.bytes.toString('latin1', this.keyAt, this.keyAt + this.keyLength);
  }
  get valueText(): string {
    return this.valueLength <= 0
      ? ''
      : this.bytes.toString('utf8', this.valueAt, this.valueAt + this.valueLength);
  }

  /** How much of the answer it is. */
  get length(): number {
    return this.end - this.keyAt;
  }

  /** All headers, as kafkajs gives them: one that comes twice is a list. */
  get headers(): IHeaders {
    const headers: IHeaders = {};
    const cursor = new Cursor(this.bytes, this.headersAt);
    for (let count = 0; count < this.headerCount; count++) {
      const nameLength = cursor.varint();
      const name = this.bytes.toString('utf8', cursor.at, (cursor.at += nameLength));
      const length = cursor.varint();
      const value = length < 0 ? undefined : this.bytes.subarray(cursor.at, (cursor.at += length));
      const before = headers[name];
      headers[name] =
        before === undefined || value === undefined
          ? value
          : Array.isArray(before)
            ? [...before, value]
            : [before, value];
    }
    return headers;
  }

  /** The value of a header (the first of that name) as bytes of a text; undefined when there is none. */
  header(name: HeaderName, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
    return (
      this.find(name, this.next, this.end, encoding) ?? this.find(name, this.headersAt, this.next, encoding)
    );
  }

  private find(name: HeaderName, from: number, to: number, encoding: 'latin1' | 'utf8'): string | undefined {
    const { bytes } = this;
    const cursor = new Cursor(bytes, from);
    while (cursor.at < to) {
      const nameLength = cursor.varint();
      const nameAt = cursor.at;
      cursor.at += nameLength;
      const length = cursor.varint();
      const valueAt = cursor.at;
      if (length > 0) cursor.at += length;
      if (nameLength !== name.bytes.length || !startsWith(bytes, nameAt, name.bytes)) continue;
      this.next = cursor.at;
      if (length < 0) return undefined;
      return bytes.toString(encoding, valueAt, cursor.at);
    }
    return undefined;
  }
}

/** The name of a header, as it is looked for. */
export class HeaderName {
  readonly bytes: Uint8Array;

  constructor(readonly text: string) {
    this.bytes = Buffer.from(text);
  }
}

function startsWith(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[at + index] !== name[index]) return false;
  return true;
}

/** Reads the numbers of variable length that Kafka's records are made of. */
export class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** Zigzag, seven bits a byte, the lowest first. */
  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** The same with up to 64 bits. */
  varlong(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
      if (byte <= 0x7f) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
