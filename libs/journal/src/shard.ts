import { SHARDS } from './journal.port.js';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

const at = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;

/** MurmurHash2 as Kafka computes it (`org.apache.kafka.common.utils.Utils.murmur2`): a signed 32-bit number. */
export function murmur2(bytes: Uint8Array, length = bytes.length): number {
  const whole = length - (length % 4);
  let hash = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let word = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  if (whole < length) {
    for (let i = length - 1; i >= whole; i--) hash ^= at(bytes, i) << (8 * (i - whole));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

const encoder = new TextEncoder();
/** Ids are short: they are encoded here, without allocating. */
const scratch = new Uint8Array(256);

/** The shard of a key, 0 to 63: what Kafka's default partitioner answers for a topic of 64 partitions. */
export function shardOf(key: string): number {
  const isShort = key.length * 3 <= scratch.length;
  const hash = isShort
    ? murmur2(scratch, encoder.encodeInto(key, scratch).written)
    : murmur2(encoder.encode(key));
  return (hash & 0x7fffffff) % SHARDS;
}
