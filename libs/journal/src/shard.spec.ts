import fc from 'fast-check';
import { createRequire } from 'node:module';
import { SHARDS } from './journal.port.js';
import { murmur2, shardOf } from './shard.js';

const require = createRequire(import.meta.url);
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the shard of a key', () => {
  // From Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as Kafka does', (key, hash) => expect(murmur2(bytes(key))).toBe(hash));

  it('is the partition that kafkajs chooses, for any key', () => {
    const { Partitioners } = require('kafkajs') as {
      Partitioners: { DefaultPartitioner(): (record: object) => number };
    };
    const partitionMetadata = Array.from({ length: SHARDS }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 1,
      replicas: [1],
      isr: [1],
      offlineReplicas: [],
    }));
    const partitionOf = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        expect(shardOf(key)).toBe(
          partitionOf({ topic: 'perennial.events', partitionMetadata, message: { key, value: '' } }),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('spreads random stream ids over all shards evenly', () => {
    const counts = new Array<number>(SHARDS).fill(0);
    for (let i = 0; i < 64_000; i++) {
      const shard = shardOf(crypto.randomUUID());
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
