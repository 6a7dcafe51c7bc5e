import { eventStoreServer } from '@perennial/testing';
import { anEvent, aStream } from '../journal.contract.js';
import { EventStoreConnection, type LogReading } from './connection.js';
import { EventStoreJournal } from './eventstore-journal.js';
import { Names } from './names.js';
import { Numbering } from './numbering.js';
import { ShardLinks } from './shard.links.js';

/** A connection between whose reading of the log and the answer something happens. */
class Interrupted extends EventStoreConnection {
  meanwhile: () => Promise<void> = async () => undefined;

  override async readLog(reading: LogReading) {
    const read = await super.readLog(reading);
    const { meanwhile } = this;
    if (reading.prefix !== undefined) {
      this.meanwhile = async () => undefined;
      await meanwhile();
    }
    return read;
  }
}

describe('numbering', () => {
  let server: Awaited<ReturnType<typeof eventStoreServer>>;
  let other: EventStoreJournal;
  let store: Interrupted;
  let numbering: Numbering;
  const names = new Names('perennial');
  beforeEach(async () => {
    server = await eventStoreServer();
    const url = `esdb://127.0.0.1:${server.port}?tls=false`;
    other = new EventStoreJournal(url);
    store = new Interrupted(url);
    numbering = new Numbering(store, names, new ShardLinks(store, names));
    const appends = Array.from({ length: 20 }, () => ({
      streamId: aStream(7),
      expectedVersion: 'any' as const,
      events: [anEvent()],
    }));
    await other.appendMany(appends.slice(0, 10));
    await numbering.upToDate();
    await other.appendMany(appends.slice(10));
  });
  afterEach(async () => {
    await Promise.all([other.close(), store.close()]);
    await server.stop();
  });

  const lastMark = async () => {
    const [last] = await store.readStream({ stream: names.heads, backwards: true, count: 1 });
    return last!.event!;
  };

  it.each([
    ['does the same, and its mark is heard of', async () => numbering.adopt(await lastMark())],
    ['does the same, and its mark is not heard of', async () => undefined],
    ['does the same, and the connection breaks', async () => numbering.doubt()],
  ])('gives every event one position when another process, meanwhile, %s', async (_, then) => {
    store.meanwhile = async () => {
      await other.heads();
      await then();
    };
    expect((await numbering.upToDate())[7]?.position).toBe(20);
    expect(await other.checkIntegrity()).toEqual([]);
    await other.append(aStream(7), 0, [anEvent()]);
    expect((await numbering.upToDate())[7]?.position).toBe(21);
    expect(await other.readShard(7, 0, 100)).toHaveLength(21);
    expect(await other.checkIntegrity()).toEqual([]);
  });
});
