import Encoder from 'kafkajs/src/protocol/encoder.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import readAny from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
import fetched from 'kafkajs/src/protocol/requests/fetch/v11/response.js';
import produce, { type ProduceRequest } from 'kafkajs/src/protocol/requests/produce/index.js';
import { readFetchResponse } from './fetch.response.js';
import { writeProduceRequest } from './produce.request.js';

/** The versions that kafkajs 2.2.4 speaks with every broker since Kafka 2.3. */
const PRODUCE = 7;

/**
 * kafkajs 2.2.4 makes a buffer of half a kibibyte for every header that it writes, and copies all headers before for
 * every header that it reads: with CloudEvents' headers that was most of what the relay and a consumer did. So records
 * are written and read by our own code; connections, requests, retries, groups and what is compressed stay kafkajs'.
 */
export function installWire(): void {
  fetched.decode = (bytes) => readFetchResponse(bytes, (records) => readAny(withLength(records)));
  const others = produce.protocol;
  produce.protocol = (lookup) => {
    const other = others(lookup);
    if (lookup.version !== PRODUCE) return other;
    return (given) => {
      const protocol = other(given);
      if (!isPlain(given)) return protocol;
      const encode = async () => {
        const encoder = new Encoder(0);
        encoder.buf = writeProduceRequest(given);
        encoder.offset = encoder.buf.length;
        return encoder;
      };
      return { ...protocol, request: { ...protocol.request, encode } };
    };
  };
}

/** Neither compressed nor part of a transaction, and of no other time than now: as all our records are. */
const isPlain = ({ compression, transactionalId, topicData }: ProduceRequest): boolean =>
  !compression &&
  !transactionalId &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every(({ timestamp }) => timestamp === undefined)),
  );

/** What kafkajs reads records from: a decoder that stands at their length. */
function withLength(records: Buffer) {
  const length = Buffer.alloc(4);
  length.writeInt32BE(records.length);
  return new Decoder(Buffer.concat([length, records]));
}
