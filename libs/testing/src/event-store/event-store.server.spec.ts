import {
  EventStoreDBClient,
  jsonEvent,
  streamNameFilter,
  WrongExpectedVersionError,
  type AllStreamResolvedEvent,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { eventStoreServer } from './event-store.given.js';
import type { EventStoreServer } from './event-store.server.js';
import { until } from '../until.js';

/**
 * The server is used through the commands of EventStoreDB's own client. What is expected stands in its documentation:
 * [idempotence] EventStore/documentation, docs/clients/dotnet/21.2/appending/optimistic-concurrency-and-idempotence.md
 * [reading] EventStore/documentation, docs/clients/grpc/reading-events/README.md
 * [subscriptions] EventStore/documentation, docs/clients/grpc/subscribing-to-streams/{README,filtering}.md
 * [streams] EventStore/EventStore, docs/streams.md: deleting, metadata, links
 */
describe('the EventStoreDB in memory', () => {
  let server: EventStoreServer;
  let client: EventStoreDBClient;
  beforeEach(async () => {
    server = await eventStoreServer();
    client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${server.port}?tls=false`);
  });
  afterEach(async () => {
    await client.dispose();
    await server.stop();
  });

  const event = (n: number, id: string = randomUUID()) => jsonEvent({ type: 'lamp.lit', id, data: { n } });
  const events = (count: number) => Array.from({ length: count }, (_, n) => event(n));
  const all = async <Event>(stream: AsyncIterable<Event>) => {
    const found: Event[] = [];
    for await (const one of stream) found.push(one);
    return found;
  };
  const numbers = (found: ResolvedEvent[]) => found.map((one) => (one.event?.data as { n: number }).n);

  describe('appends [idempotence]', () => {
    it('at the revision that is expected, and names the next', async () => {
      const first = await client.appendToStream('lamp', events(2), { expectedRevision: 'no_stream' });
      const second = await client.appendToStream('lamp', event(2), { expectedRevision: 1n });
      expect([first.nextExpectedRevision, second.nextExpectedRevision]).toEqual([1n, 2n]);
      expect(second.position!.commit).toBeGreaterThan(first.position!.commit);
    });

    it.each([
      ['a stream is there that should not be', 'no_stream' as const],
      ['the expected revision is greater', 7n],
      ['the expected revision is less, and the events are others', 0n],
    ])('nothing when %s', async (_, expectedRevision) => {
      await client.appendToStream('lamp', events(3));
      const refusal = client.appendToStream('lamp', events(2), { expectedRevision });
      await expect(refusal).rejects.toThrow(WrongExpectedVersionError);
      await expect(refusal).rejects.toMatchObject({ actualVersion: 2n });
      expect(await all(client.readStream('lamp'))).toHaveLength(3);
    });

    it('nothing for a stream that should be there and is not', async () => {
      const refusal = client.appendToStream('lamp', event(1), { expectedRevision: 'stream_exists' });
      await expect(refusal).rejects.toThrow(WrongExpectedVersionError);
    });

    it('the same again once, and answers as the first time, though the stream has grown', async () => {
      const same = events(2);
      const first = await client.appendToStream('lamp', same, { expectedRevision: 'no_stream' });
      await client.appendToStream('lamp', event(2), { expectedRevision: 1n });
      server.log.forgetRecent();
      expect(await client.appendToStream('lamp', same, { expectedRevision: 'no_stream' })).toEqual(first);
      expect(await all(client.readStream('lamp'))).toHaveLength(3);
    });

    it('nothing when only some of the events were there', async () => {
      const [one, two, three] = events(3) as [ReturnType<typeof event>, ...ReturnType<typeof event>[]];
      await client.appendToStream('lamp', [one, two!], { expectedRevision: 'no_stream' });
      const partly = [one, two!, three!];
      await expect(client.appendToStream('lamp', partly, { expectedRevision: 'no_stream' })).rejects.toThrow(
        WrongExpectedVersionError,
      );
    });

    it('an event twice where its id was the last revision: ids are compared only with what comes after', async () => {
      const same = event(1);
      await client.appendToStream('lamp', same, { expectedRevision: 'no_stream' });
      await client.appendToStream('lamp', same, { expectedRevision: 0n });
      expect(await all(client.readStream('lamp'))).toHaveLength(2);
    });

    it('to any revision the same once, but only as long as the server remembers the id', async () => {
      const same = event(1);
      await client.appendToStream('lamp', same);
      await client.appendToStream('lamp', same);
      expect(await all(client.readStream('lamp'))).toHaveLength(1);
      server.log.forgetRecent();
      await client.appendToStream('lamp', same);
      expect(await all(client.readStream('lamp'))).toHaveLength(2);
    });

    it('not more than MaxAppendSize at once', async () => {
      const large = jsonEvent({ type: 'lamp.lit', data: { text: 'x'.repeat(1024 * 1024) } });
      await expect(client.appendToStream('lamp', large)).rejects.toMatchObject({
        maxAppendSize: 1024 * 1024,
      });
    });

    it('by the older call, which is used with credentials of its own, as by the batch', async () => {
      const credentials = { username: 'a', password: 'b' };
      const first = await client.appendToStream('lamp', events(2), { credentials });
      expect(first.nextExpectedRevision).toBe(1n);
      const refusal = client.appendToStream('lamp', event(1), { expectedRevision: 5n, credentials });
      await expect(refusal).rejects.toMatchObject({ actualVersion: 1n, expectedVersion: 5n });
      expect(server.calls.get('append')).toBe(2);
    });
  });

  describe('reads [reading]', () => {
    beforeEach(async () => {
      await client.appendToStream('lamp', events(5));
      await client.appendToStream('chair', events(2));
    });

    it('a stream forwards and backwards, from a revision, so many', async () => {
      expect(numbers(await all(client.readStream('lamp')))).toEqual([0, 1, 2, 3, 4]);
      expect(numbers(await all(client.readStream('lamp', { fromRevision: 2n, maxCount: 2 })))).toEqual([
        2, 3,
      ]);
      const back = { direction: 'backwards', fromRevision: 'end', maxCount: 2 } as const;
      expect(numbers(await all(client.readStream('lamp', back)))).toEqual([4, 3]);
      expect(await all(client.readStream('lamp', { fromRevision: 9n }))).toEqual([]);
    });

    it('says that there is no such stream', async () => {
      await expect(all(client.readStream('table'))).rejects.toMatchObject({ type: 'stream-not-found' });
    });

    it('everything, from a position on', async () => {
      const everything = await all<AllStreamResolvedEvent>(client.readAll());
      expect(everything).toHaveLength(7);
      const from = everything[4]!.event!.position;
      expect(await all(client.readAll({ fromPosition: from }))).toEqual(everything.slice(4));
      const back = { direction: 'backwards', fromPosition: 'end', maxCount: 3 } as const;
      expect(await all(client.readAll(back))).toEqual(everything.toReversed().slice(0, 3));
    });

    it('what links name, until it is deleted [streams]', async () => {
      const link = jsonEvent({ type: '$>', data: {} });
      await client.appendToStream('favourites', {
        ...link,
        contentType: 'application/octet-stream',
        data: Buffer.from('3@lamp'),
      });
      const read = () => all(client.readStream('favourites', { resolveLinkTos: true }));
      expect(await read()).toMatchObject([
        { event: { streamId: 'lamp', revision: 3n }, link: { revision: 0n } },
      ]);
      await client.deleteStream('lamp');
      const [unresolved] = await read();
      expect(unresolved!.event).toBeUndefined();
      expect(unresolved!.link).toBeDefined();
    });
  });

  describe('streams [streams]', () => {
    it('that were deleted are not found, and go on with the next revision when they are written again', async () => {
      await client.appendToStream('lamp', events(2));
      await client.deleteStream('lamp');
      await expect(all(client.readStream('lamp'))).rejects.toMatchObject({ type: 'stream-not-found' });
      const again = await client.appendToStream('lamp', event(7), { expectedRevision: 'no_stream' });
      expect(again.nextExpectedRevision).toBe(2n);
      expect(numbers(await all(client.readStream('lamp')))).toEqual([7]);
    });

    it('with a tombstone are never written again', async () => {
      await client.appendToStream('lamp', events(2));
      await client.tombstoneStream('lamp');
      await expect(client.appendToStream('lamp', event(1))).rejects.toMatchObject({ type: 'stream-deleted' });
      await expect(all(client.readStream('lamp'))).rejects.toMatchObject({ type: 'stream-deleted' });
    });

    it('show the latest events, as many as their metadata say', async () => {
      await client.setStreamMetadata('lamp', { maxCount: 2 });
      await client.appendToStream('lamp', events(5));
      expect(numbers(await all(client.readStream('lamp')))).toEqual([3, 4]);
    });
  });

  describe('subscriptions [subscriptions]', () => {
    it('to a stream give what there is and then what comes', async () => {
      await client.appendToStream('lamp', events(2));
      const subscription = client.subscribeToStream('lamp');
      const found: ResolvedEvent[] = [];
      subscription.on('data', (one) => found.push(one));
      await until(() => found.length === 2);
      await client.appendToStream('lamp', event(2));
      await until(() => found.length === 3);
      expect(numbers(found)).toEqual([0, 1, 2]);
      await subscription.unsubscribe();
    });

    it('to everything give what passes the filter, and say how far they are when little does', async () => {
      const checkpoints: bigint[] = [];
      const subscription = client.subscribeToAll({
        filter: streamNameFilter({
          prefixes: ['lamp-'],
          checkpointInterval: 1,
          checkpointReached: async (_, position) => void checkpoints.push(position.commit),
        }),
      });
      const found: AllStreamResolvedEvent[] = [];
      subscription.on('data', (one: AllStreamResolvedEvent) => found.push(one));
      await client.appendToStream('chair', events(100));
      await client.appendToStream('lamp-1', events(1));
      await until(() => found.length === 1);
      await client.appendToStream('lamp-2', events(1));
      await until(() => found.length === 2);
      expect(found.map((one) => one.event?.streamId)).toEqual(['lamp-1', 'lamp-2']);
      expect(checkpoints.length).toBeGreaterThan(1);
      await subscription.unsubscribe();
      const later = client.subscribeToAll({ fromPosition: found[0]!.event!.position });
      const rest: AllStreamResolvedEvent[] = [];
      later.on('data', (one: AllStreamResolvedEvent) => rest.push(one));
      await until(() => rest.length === 1);
      expect(rest[0]!.event?.streamId).toBe('lamp-2');
      await later.unsubscribe();
    });
  });

  it('keeps what it knows while it is stopped', async () => {
    await client.appendToStream('lamp', events(2));
    await server.stop();
    await expect(client.appendToStream('lamp', event(2))).rejects.toMatchObject({ type: 'unavailable' });
    await server.start();
    expect(await all(client.readStream('lamp'))).toHaveLength(2);
  });
});
