import type { Message } from 'kafkajs';
import { crc32c } from './crc32c.js';

/** Bytes that a variable-length number has at most. */
const LONGEST_VARINT = 5;
/** And that of the length of a record with 64 to 8,191 bytes. */
const USUAL_VARINT = 2;
const FIRST_SIZE = 64 * 1024;

type Bytes = Buffer | string | null | undefined;

/**
 * Writes numbers, texts and batches of records as Kafka's protocol has them (record batch format version 2, KIP-98),
 * one after another into one buffer that grows.
 */
export class RecordWriter {
  private buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  private at = 0;

  /** What was written. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  int8(value: number): void {
    this.need(1);
    this.at = this.buffer.writeInt8(value, this.at);
  }

  int16(value: number): void {
    this.need(2);
    this.at = this.buffer.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.need(4);
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.need(8);
    this.at = this.buffer.writeBigInt64BE(value, this.at);
  }

  /** A text with its length in 16 bits; none is -1. */
  string(text: string | null): void {
    if (text === null) {
      this.int16(-1);
      return;
    }
    this.int16(Buffer.byteLength(text));
    this.need(3 * text.length);
    this.at += this.buffer.write(text, this.at);
  }

  /** Whatever `write` writes, after its length in 32 bits. */
  sized(write: () => void): void {
    this.int32(0);
    const begin = this.at;
    write();
    this.buffer.writeInt32BE(this.at - begin, begin - 4);
  }

  /** A batch of a partition, uncompressed, all its records of one time (milliseconds). */
  batch(
    messages: readonly Message[],
    time: number,
    producer: { id: bigint; epoch: number; firstSequence: number },
  ): void {
    this.int64(0n); // first offset: given by the broker
    this.sized(() => {
      this.int32(0); // partition leader's epoch: given by the broker
      this.int8(2); // version of the format
      this.int32(0); // checksum of all that follows
      const begin = this.at;
      this.int16(0); // attributes: uncompressed, time of creation, no transaction
      this.int32(messages.length - 1);
      this.int64(BigInt(time));
      this.int64(BigInt(time));
      this.int64(producer.id);
      this.int16(producer.epoch);
      this.int32(producer.firstSequence);
      this.int32(messages.length);
      messages.forEach((message, index) => this.record(message, index));
      this.buffer.writeUInt32BE(crc32c(this.buffer, begin, this.at), begin - 4);
    });
  }

  private record({ key, value, headers = {} }: Message, offsetDelta: number): void {
    const place = this.at;
    // How long the length is turns out when the record is written; two bytes are usual.
    this.need(USUAL_VARINT);
    const begin = (this.at += USUAL_VARINT);
    this.int8(0); // attributes
    this.varint(0); // time, since that of the batch
    this.varint(offsetDelta);
    this.varBytes(key);
    this.varBytes(value);
    const names = Object.keys(headers);
    let count = 0;
    for (const name of names) count += Array.isArray(headers[name]) ? headers[name].length : 1;
    this.varint(count);
    for (const name of names) {
      const given = headers[name];
      for (const each of Array.isArray(given) ? given : [given]) {
        this.varBytes(name);
        this.varBytes(each);
      }
    }
    const length = this.at - begin;
    const size = varintSize(length);
    if (size !== USUAL_VARINT) {
      this.need(size);
      this.buffer.copyWithin(place + size, begin, begin + length);
    }
    this.at = place;
    this.varint(length);
    this.at += length;
  }

  /** Zigzag, seven bits a byte, the lowest first. */
  private varint(value: number): void {
    this.need(LONGEST_VARINT);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.at++] = rest;
  }

  private varBytes(value: Bytes): void {
    if (value === null || value === undefined) {
      this.varint(-1);
      return;
    }
    if (typeof value !== 'string') {
      this.varint(value.length);
      this.need(value.length);
      this.buffer.set(value, this.at);
      this.at += value.length;
      return;
    }
    // Nearly all texts have as many bytes as characters.
    this.need(3 * value.length + LONGEST_VARINT);
    const begin = this.at + varintSize(value.length);
    const length = this.buffer.write(value, begin);
    this.varint(length);
    // The others are written again where their longer length ends.
    this.at += this.at === begin ? length : this.buffer.write(value, this.at);
  }

  private need(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.buffer.length, this.at + bytes));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}

/** Of a length, which is never negative. */
function varintSize(length: number): number {
  let size = 1;
  for (let rest = (length << 1) >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}
