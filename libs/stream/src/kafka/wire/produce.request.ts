import type { ProduceRequest } from 'kafkajs/src/protocol/requests/produce/index.js';
import { RecordWriter } from './record.writer.js';

/** A request to produce of versions 3 to 8, without its head: batches of records of many partitions. */
export function writeProduceRequest({
  acks,
  timeout,
  topicData,
  producerId,
  producerEpoch,
}: ProduceRequest): Buffer {
  const writer = new RecordWriter();
  const time = Date.now();
  const id = BigInt(String(producerId ?? -1));
  writer.string(null); // no transaction
  writer.int16(acks);
  writer.int32(timeout);
  writer.int32(topicData.length);
  for (const { topic, partitions } of topicData) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, firstSequence, messages } of partitions) {
      writer.int32(partition);
      writer.sized(() =>
        writer.batch(messages, time, { id, epoch: producerEpoch ?? 0, firstSequence: firstSequence ?? 0 }),
      );
    }
  }
  return writer.bytes;
}
