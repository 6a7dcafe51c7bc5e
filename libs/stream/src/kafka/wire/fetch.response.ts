import { Cursor, FetchedRecord } from './fetched.record.js';

/** A partition's part of the answer to a fetch, as kafkajs wants it. */
export interface FetchedPartition {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  lastStartOffset: string;
  abortedTransactions: { producerId: string; firstOffset: string }[];
  preferredReadReplica: number;
  messages: unknown[];
}

export interface FetchResponse {
  throttleTime: number;
  clientSideThrottleTime: number;
  errorCode: number;
  sessionId: number;
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}

/** Reads a partition's records in another way: older formats, compressed ones. */
export type OtherReader = (records: Buffer) => Promise<unknown[]>;

/** Before the records of a batch, from its first offset on. */
const BATCH_HEAD = 61;
const VERSION_AT = 16;
const COMPRESSION = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Reads the answer to a fetch of version 11. Where a batch of records is compressed, or older than version 2 of their
 * format, `other` reads the partition's records.
 */
export async function readFetchResponse(bytes: Buffer, other: OtherReader): Promise<FetchResponse> {
  const reader = new Reader(bytes);
  // The broker has not throttled the request: it says how long we should wait.
  const clientSideThrottleTime = reader.int32();
  const errorCode = reader.int16();
  const sessionId = reader.int32();
  const responses: FetchResponse['responses'] = [];
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.string();
    const partitions: FetchedPartition[] = [];
    for (let count = reader.int32(); count > 0; count--) partitions.push(await readPartition(reader, other));
    responses.push({ topicName, partitions });
  }
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function readPartition(reader: Reader, other: OtherReader): Promise<FetchedPartition> {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  const lastStartOffset = reader.int64();
  const abortedTransactions: FetchedPartition['abortedTransactions'] = [];
  for (let count = reader.int32(); count > 0; count--)
    abortedTransactions.push({ producerId: reader.int64(), firstOffset: reader.int64() });
  const preferredReadReplica = reader.int32();
  const records = reader.sized();
  return {
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    lastStartOffset,
    abortedTransactions,
    preferredReadReplica,
    messages: isPlain(records) ? readBatches(records) : await other(records),
  };
}

/** Where each batch begins that is there in whole: a fetch ends where its limit is, in the middle of a batch. */
function* batchesOf(records: Buffer): Generator<{ begin: number; end: number }> {
  for (let begin = 0; begin + BATCH_HEAD <= records.length;) {
    const end = begin + 12 + records.readInt32BE(begin + 8);
    if (end > records.length) return;
    yield { begin, end };
    begin = end;
  }
}

function isPlain(records: Buffer): boolean {
  if (records.length > VERSION_AT && records[VERSION_AT]! < 2) return false;
  for (const { begin } of batchesOf(records))
    if (records[begin + VERSION_AT] !== 2 || (records[begin + 22]! & COMPRESSION) !== 0) return false;
  return true;
}

function readBatches(records: Buffer): FetchedRecord[] {
  const read: FetchedRecord[] = [];
  for (const { begin } of batchesOf(records)) readBatch(records, begin, read);
  return read;
}

function readBatch(bytes: Buffer, begin: number, into: FetchedRecord[]): void {
  const firstOffset = Number(bytes.readBigInt64BE(begin));
  const attributes = bytes.readInt16BE(begin + 21);
  const firstTime = Number(bytes.readBigInt64BE(begin + 27));
  const lastTime = Number(bytes.readBigInt64BE(begin + 35));
  const context = {
    producerId: bytes.readBigInt64BE(begin + 43).toString(),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
  };
  const isControlRecord = (attributes & CONTROL) !== 0;
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? String(lastTime) : undefined;
  const cursor = new Cursor(bytes, begin + BATCH_HEAD);
  let time = firstTime;
  let timeText = String(firstTime);
  for (let count = bytes.readInt32BE(begin + 57); count > 0; count--) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at++; // attributes
    const recordTime = firstTime + cursor.varlong();
    // Most records of a batch have the time of the one before.
    if (recordTime !== time) timeText = String((time = recordTime));
    const offset = String(firstOffset + cursor.varint());
    const keyLength = cursor.varint();
    const keyAt = cursor.at;
    if (keyLength > 0) cursor.at += keyLength;
    const valueLength = cursor.varint();
    const valueAt = cursor.at;
    if (valueLength > 0) cursor.at += valueLength;
    const headerCount = cursor.varint();
    into.push(
      new FetchedRecord(
        bytes,
        offset,
        appendTime ?? timeText,
        isControlRecord,
        context,
        keyAt,
        keyLength,
        valueAt,
        valueLength,
        cursor.at,
        headerCount,
        end,
      ),
    );
    cursor.at = end;
  }
}

/** Reads the numbers of fixed length that Kafka's answers are made of. */
class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int16(): number {
    const value = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return value;
  }

  int32(): number {
    const value = this.bytes.readInt32BE(this.at);
    this.at += 4;
    return value;
  }

  /** As text: offsets may be larger than what a number holds exactly. */
  int64(): string {
    const value = this.bytes.readBigInt64BE(this.at);
    this.at += 8;
    return value.toString();
  }

  string(): string {
    const length = this.int16();
    const begin = this.at;
    this.at += Math.max(0, length);
    return this.bytes.toString('utf8', begin, this.at);
  }

  /** Bytes after their length in 32 bits; those that are there, if the answer was cut off. */
  sized(): Buffer {
    const length = Math.max(0, this.int32());
    const begin = this.at;
    this.at += length;
    return this.bytes.subarray(begin, this.at);
  }
}
