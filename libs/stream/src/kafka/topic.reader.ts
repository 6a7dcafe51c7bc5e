import type { Kafka, KafkaMessage } from 'kafkajs';

/** Offsets of a partition: of the first record, and of the next one that will be written. */
export interface Bounds {
  low: number;
  high: number;
}

/** Bytes asked for of each partition at first: what a usual batch of records has. */
const FETCH_BYTES = 128 * 1024;
/** And at most: a larger part of an answer would only keep other partitions out of it. */
const MOST_FETCH_BYTES = 1024 * 1024;
const ANSWER_BYTES = 8 * MOST_FETCH_BYTES;

/**
 * Reads single records of a topic without being a consumer. kafkajs offers that to its own consumers alone; its
 * version is pinned and no longer changes, so its cluster is used directly.
 */
export class TopicReader {
  private cluster: Cluster;
  private connected?: Promise<void>;

  constructor(
    private readonly kafka: Kafka,
    readonly topic: string,
  ) {
    this.cluster = clusterOf(kafka);
  }

  async bounds(partitions: readonly number[]): Promise<Map<number, Bounds>> {
    await this.connect();
    await this.cluster.refreshMetadata();
    const asked = (fromBeginning: boolean) =>
      this.cluster.fetchTopicsOffset([
        { topic: this.topic, fromBeginning, partitions: partitions.map((partition) => ({ partition })) },
      ]);
    const [lows, highs] = await Promise.all([asked(true), asked(false)]);
    const low = new Map(lows[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      highs[0]?.partitions.map(({ partition, offset }) => [
        partition,
        { low: low.get(partition) ?? 0, high: Number(offset) },
      ]),
    );
  }

  /** The first record at or after each offset; none where there is no such record. */
  async records(offsets: ReadonlyMap<number, number>): Promise<Map<number, KafkaMessage>> {
    await this.connect();
    const found = new Map<number, KafkaMessage>();
    const open = new Map(offsets);
    // Of each answer at least one partition has a record, however large its batch; the others may need more room.
    for (let bytes = FETCH_BYTES; open.size > 0; bytes = Math.min(2 * bytes, MOST_FETCH_BYTES)) {
      const before = found.size;
      await Promise.all(
        Object.entries(this.cluster.findLeaderForPartitions(this.topic, [...open.keys()])).map(
          async ([nodeId, partitions]) => {
            const broker = await this.cluster.findBroker({ nodeId });
            const { responses } = await broker.fetch({
              maxWaitTime: 0,
              minBytes: 0,
              maxBytes: ANSWER_BYTES,
              isolationLevel: 1,
              topics: [
                {
                  topic: this.topic,
                  partitions: partitions.map((partition) => ({
                    partition,
                    fetchOffset: String(open.get(partition)),
                    maxBytes: bytes,
                  })),
                },
              ],
            });
            for (const { partition, messages } of responses.flatMap((response) => response.partitions)) {
              const record = messages.find(({ offset }) => Number(offset) >= open.get(partition)!);
              if (record) found.set(partition, record);
            }
          },
        ),
      );
      for (const partition of found.keys()) open.delete(partition);
      if (found.size === before && bytes === MOST_FETCH_BYTES) break;
    }
    return found;
  }

  async close(): Promise<void> {
    await this.connected?.catch(() => undefined);
    await this.cluster.disconnect();
  }

  /** Goes on with another connection. */
  renew(): void {
    void this.cluster.disconnect().catch(() => undefined);
    this.cluster = clusterOf(this.kafka);
    this.connected = undefined;
  }

  private connect(): Promise<void> {
    this.connected ??= this.open().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }

  private async open(): Promise<void> {
    await this.cluster.connect();
    await this.cluster.addTargetTopic(this.topic);
  }
}

/** The part of kafkajs' cluster that is used here. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  fetchTopicsOffset(
    topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
}

interface Broker {
  fetch(request: {
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
  }): Promise<{ responses: { partitions: { partition: number; messages: KafkaMessage[] }[] }[] }>;
}

function clusterOf(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (!create) throw new Error('This kafkajs is not the version that the topic reader was written for.');
  const clients = kafka as unknown as Record<symbol, (options: object) => Cluster>;
  return clients[create]!({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}
