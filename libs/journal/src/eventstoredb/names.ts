import { SHARDS } from '../journal.port.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What the journal's streams are called. All begin with one prefix, so that several systems can live in one EventStoreDB.
 * EventStoreDB takes what comes before the first dash for a category: subjects, shards and heads are three of them.
 */
export class Names {
  /** What the names of all subjects' streams begin with, and no others. */
  readonly subjects: string;
  /** Its last event says up to where the log is numbered. */
  readonly heads: string;

  constructor(private readonly prefix: string) {
    this.subjects = `${prefix}-`;
    this.heads = `${prefix}_heads`;
  }

  ofStream(streamId: string): string {
    return `${this.subjects}${streamId}`;
  }

  /** Links to the events of the shard; the first is position 1. */
  ofShard(shard: number): string {
    return `${this.prefix}_shard-${String(shard).padStart(String(SHARDS - 1).length, '0')}`;
  }

  /** Undefined when it is no stream of ours. */
  streamIdOf(name: string): string | undefined {
    const streamId = name.slice(this.subjects.length);
    return name.startsWith(this.subjects) && UUID.test(streamId) ? streamId : undefined;
  }
}
