import type { Kafka } from 'kafkajs';
import { TopicReader } from './topic.reader.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_NUMBER = 2 ** 31 - 1;

interface Request {
  maxBytes: number;
  topics: { partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

/**
 * A cluster of one broker that keeps `batches` batches of one record in each partition. It answers as KIP-74 says:
 * whole batches as far as the limits go, but always the first one of the first partition that has any.
 */
function clusterWith({ partitions, batches, size }: { partitions: number; batches: number; size: number }) {
  const requests: Request[] = [];
  const fetch = async (request: Request) => {
    requests.push(request);
    let room = request.maxBytes;
    let any = false;
    const answered = request.topics[0]!.partitions.map(({ partition, fetchOffset, maxBytes }) => {
      const messages: { offset: string }[] = [];
      let ofPartition = maxBytes;
      for (let offset = Number(fetchOffset); offset < batches; offset++) {
        if (any && (size > room || size > ofPartition)) break;
        messages.push({ offset: String(offset) });
        [any, room, ofPartition] = [true, room - size, ofPartition - size];
      }
      return { partition, messages };
    });
    return { responses: [{ partitions: answered }] };
  };
  const cluster = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    addTargetTopic: async () => undefined,
    findLeaderForPartitions: (_topic: string, asked: number[]) => ({ 0: asked }),
    findBroker: async () => ({ fetch }),
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  const wanted = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 1]));
  return { reader: new TopicReader(kafka, 'perennial.events'), wanted, requests };
}

describe('a reader of single records', () => {
  it.each([
    ['small', { partitions: 64, batches: 1_000, size: 2_000 }],
    ['a megabyte each, many in a partition', { partitions: 64, batches: 8, size: MEGABYTE - 100 }],
    ['larger than all that is asked for', { partitions: 64, batches: 3, size: 20 * MEGABYTE }],
  ])('finds one of each partition where batches are %s', async (_words, kept) => {
    const { reader, wanted, requests } = clusterWith(kept);
    const found = await reader.records(wanted);
    expect([...found.values()].map(({ offset }) => offset)).toEqual(Array(kept.partitions).fill('1'));
    // Kafka's protocol has 32 bits for them.
    for (const { maxBytes, topics } of requests)
      for (const bytes of [maxBytes, ...topics[0]!.partitions.map((asked) => asked.maxBytes)])
        expect(bytes).toBeLessThanOrEqual(LARGEST_NUMBER);
    expect(requests.length).toBeLessThanOrEqual(kept.partitions);
  });

  it('answers none for a partition that has no such record', async () => {
    const { reader, wanted } = clusterWith({ partitions: 4, batches: 1, size: 100 });
    expect(await reader.records(wanted)).toEqual(new Map());
  });
});
