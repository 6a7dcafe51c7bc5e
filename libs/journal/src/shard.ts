import { SHARDS } from './journal.port.js';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** MurmurHash2 as Kafka computes it (`org.apache.kafka.common.utils.Utils.murmur2`): a signed 32-bit number. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const whole = length - (length % 4);
  let hash = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let word = Math.imul(view.getInt32(i, true), MULTIPLIER);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (whole < length) {
    for (let i = length - 1; i >= whole; i--) hash ^= view.getUint8(i) << (8 * (i - whole));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

const encoder = new TextEncoder();

/** The shard of a key, 0 to 63: what Kafka's default partitioner answers for a topic of 64 partitions. */
export const shardOf = (key: string): number => (murmur2(encoder.encode(key)) & 0x7fffffff) % SHARDS;
