import fc from 'fast-check';
import type { KafkaMessage, Message } from 'kafkajs';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import readAny from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import theirs from 'kafkajs/src/protocol/requests/produce/v3/request.js';
import { crc32c } from './crc32c.js';
import { FetchedRecord, HeaderName } from './fetched.record.js';
import { readFetchResponse } from './fetch.response.js';
import { writeProduceRequest } from './produce.request.js';

/** Texts of all lengths and of more bytes than characters; lone surrogates become U+FFFD on both sides. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 55, maxLength: 75 }),
  fc.constantFrom('x'.repeat(9_000), 'ö'.repeat(40)),
);
const bytes = fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array));
const names = fc.oneof(
  fc.constantFrom('position', 'ce_id', 'ce_type'),
  fc.string({ minLength: 1, maxLength: 70 }),
);
const headers = fc.dictionary(
  names.filter((name) => name !== '__proto__'),
  fc.oneof(texts, bytes, fc.array(texts, { minLength: 2, maxLength: 3 })),
  { maxKeys: 6, noNullPrototype: true },
);
const messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    key: fc.oneof(texts, bytes, fc.constant(null)),
    value: fc.oneof(texts, bytes, fc.constant(null)),
    headers,
  }),
  { minLength: 1, maxLength: 5 },
);
const request = (given: Message[][], compression = 0) => ({
  acks: -1,
  timeout: 30_000,
  compression,
  transactionalId: null,
  producerId: '4711',
  producerEpoch: 3,
  topicData: [
    {
      topic: 'perennial.events',
      partitions: given.map((each, partition) => ({ partition, firstSequence: 7, messages: each })),
    },
  ],
});
type Fields = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'offset' | 'timestamp'>;
const fieldsOf = ({ key, value, headers: all, offset, timestamp }: Fields) =>
  JSON.stringify({ key, value, headers: all, offset, timestamp });

/** The record batches of a request's only partition. */
async function batchOf(given: Message[], compression?: number): Promise<Buffer> {
  const encoded = await theirs(request([given], compression)).encode();
  return encoded.buf.subarray(recordsAt(encoded.buf), encoded.offset);
}
const recordsAt = (produced: Buffer) => 2 + 2 + 4 + 4 + 2 + produced.readInt16BE(12) + 4 + 4 + 4;

/** The answer of a broker to a fetch of one partition that holds these bytes. */
function answer(records: Buffer): Buffer {
  const topic = Buffer.from('perennial.events');
  const parts = [int32(0), int16(0), int32(0), int32(1), int16(topic.length), topic, int32(1)];
  const partition = [int32(5), int16(0), int64(90n), int64(90n), int64(0n), int32(-1), int32(-1)];
  return Buffer.concat([...parts, ...partition, int32(records.length), records]);
}
const int16 = (value: number) => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const int64 = (value: bigint) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
};
const readByKafkajs = async (records: Buffer) =>
  (await readAny(new Decoder(Buffer.concat([int32(records.length), records])))) as KafkaMessage[];
async function read(records: Buffer): Promise<FetchedRecord[]> {
  const { responses } = await readFetchResponse(answer(records), (other) => readByKafkajs(other));
  return responses[0]!.partitions[0]!.messages as FetchedRecord[];
}

describe('what is written to Kafka', () => {
  const { now } = Date;
  beforeAll(() => (Date.now = () => 1_790_000_000_000));
  afterAll(() => (Date.now = now));

  it('is, byte for byte, what kafkajs writes, only quicker', () =>
    fc.assert(
      fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 3 }), async (given) => {
        const { buf, offset } = await theirs(request(given)).encode();
        expect(writeProduceRequest(request(given)).equals(buf.subarray(0, offset))).toBe(true);
      }),
      { numRuns: 200 },
    ));

  it('has the checksum of Castagnoli', () => {
    // The test value of RFC 3720 (iSCSI), appendix B.4: 32 bytes of zeros; and the usual one of "123456789".
    expect(crc32c(new Uint8Array(32), 0, 32)).toBe(0x8a9136aa);
    expect(crc32c(Buffer.from('..123456789..'), 2, 11)).toBe(0xe3069283);
  });
});

describe('what is fetched from Kafka', () => {
  it('is what kafkajs reads from the same bytes', () =>
    fc.assert(
      fc.asyncProperty(messages, messages, async (first, second) => {
        const records = Buffer.concat([await batchOf(first), await batchOf(second)]);
        const ours = await read(records);
        expect(ours.map(fieldsOf)).toEqual((await readByKafkajs(records)).map(fieldsOf));
        expect(ours.every((record) => record instanceof FetchedRecord)).toBe(true);
      }),
      { numRuns: 100 },
    ));

  it('ends with the last batch that came whole', async () => {
    const [first, second] = [
      await batchOf([{ value: 'one' }, { value: 'two' }]),
      await batchOf([{ value: 'three' }]),
    ];
    for (let length = first.length; length < first.length + second.length; length++)
      expect(await read(Buffer.concat([first, second]).subarray(0, length))).toHaveLength(2);
  });

  it('is read by kafkajs where it is compressed', async () => {
    const [record, ...others] = await read(await batchOf([{ value: 'zipped', headers: { ce_id: '1' } }], 1));
    expect(others).toEqual([]);
    expect(record).not.toBeInstanceOf(FetchedRecord);
    expect(String(record!.value)).toBe('zipped');
    expect(String(record!.headers.ce_id)).toBe('1');
  });

  it('gives each header, in whatever sequence they are asked for', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 9 }), texts, { noNullPrototype: true }),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (given, asked) => {
          const [record] = await read(await batchOf([{ value: null, headers: given }]));
          const known = Object.keys(given);
          for (const number of asked) {
            expect(record!.header(new HeaderName('not there'))).toBeUndefined();
            if (known.length === 0) continue;
            const name = known[number % known.length]!;
            expect(record!.header(new HeaderName(name), 'utf8')).toBe(Buffer.from(given[name]!).toString());
          }
        },
      ),
      { numRuns: 100 },
    ));
});
