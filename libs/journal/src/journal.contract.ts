import { until } from '@perennial/testing';
import { randomUUID } from 'node:crypto';
import { EventTooLarge, VersionConflict } from './journal.errors.js';
import {
  SHARDS,
  type Append,
  type AppendResult,
  type Journal,
  type NewEvent,
  type RecordedEvent,
  type Span,
} from './journal.port.js';
import { shardOf } from './shard.js';

/** A journal's store, and what may happen to it, for `journalContract`. */
export interface JournalUnderTest {
  /** The journal as one more process opens it. */
  open(): Promise<Journal>;
  /** Breaks some of the open connections in the middle of their work. */
  disturb?(): Promise<void>;
  /** Bytes that the store takes at once; without it, events of any size that the door lets in. */
  atMost?: number;
  /** Whether several processes that bring the same new event in the same instant may all be told that it is new. */
  instantsAreOne?: boolean;
  stop(): Promise<void>;
}

let counter = 0;
/** An order event with any field given. */
export const anEvent = (fields: Partial<NewEvent> = {}): NewEvent => ({
  eventId: randomUUID(),
  type: 'order.placed',
  dataVersion: 1,
  time: '2026-03-01T12:00:00.000Z',
  source: '/shop',
  id: `A-${++counter}`,
  subject: 'user:sealed:1:AAAA',
  data: '{"orderId":"A-1"}',
  ...fields,
});

/** A new stream, on one of the given shards if any are. */
export function aStream(...shards: number[]): string {
  for (;;) {
    const streamId = randomUUID();
    if (shards.length === 0 || shards.includes(shardOf(streamId))) return streamId;
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const some = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));

const inShort = (result: AppendResult) => [
  result.status,
  'version' in result ? result.version : result.limit,
];

/** Everything that a journal promises; every implementation runs it. */
export function journalContract(name: string, start: () => Promise<JournalUnderTest>): void {
  describe(name, () => {
    let store: JournalUnderTest;
    let journal: Journal;

    beforeAll(async () => {
      store = await start();
      journal = await store.open();
    });
    afterAll(async () => {
      await journal?.close();
      await store?.stop();
    });

    describe('append', () => {
      it('keeps an event as it was given, numbered', async () => {
        const stream = aStream();
        const [before] = (await journal.heads()).filter(({ shard }) => shard === shardOf(stream));
        const event = anEvent({
          time: '1999-12-31T23:59:59.007Z',
          data: '{"text":"quote \\" backslash \\\\ newline \\n ü 🪷 {,} NULL"}',
        });
        const result = await journal.append(stream, 0, [event]);
        const [recorded] = await journal.readStream(stream);
        expect(result).toEqual({ status: 'appended', version: 1, duplicates: [] });
        expect(recorded).toEqual({
          ...event,
          streamId: stream,
          version: 1,
          shard: shardOf(stream),
          position: (before?.position ?? 0) + 1,
          previousId: before?.eventId ?? null,
          recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        });
      });

      it('numbers a stream 1, 2, 3 … across appends', async () => {
        const stream = aStream();
        await journal.append(stream, 'any', [anEvent(), anEvent()]);
        const { version } = await journal.append(stream, 'any', [anEvent()]);
        expect(version).toBe(3);
        expect((await journal.readStream(stream)).map((event) => event.version)).toEqual([1, 2, 3]);
        expect((await journal.readStream(stream, 1, 1)).map((event) => event.version)).toEqual([2]);
      });

      it('knows nothing of a stream that nobody wrote to', async () => {
        expect(await journal.readStream(aStream())).toEqual([]);
      });

      it('writes nothing for no events, and names the version', async () => {
        const stream = aStream();
        expect(await journal.append(stream, 'any', [])).toEqual({
          status: 'appended',
          version: 0,
          duplicates: [],
        });
        await journal.append(stream, 0, [anEvent()]);
        expect(await journal.append(stream, 1, [])).toEqual({
          status: 'appended',
          version: 1,
          duplicates: [],
        });
        await expect(journal.append(stream, 0, [])).rejects.toThrow(VersionConflict);
      });

      it('refuses an append whose expected version is not the stream’s', async () => {
        const stream = aStream();
        await journal.append(stream, 0, [anEvent()]);
        await expect(journal.append(stream, 0, [anEvent()])).rejects.toEqual(
          new VersionConflict(stream, 0, 1),
        );
        await expect(journal.append(stream, 5, [anEvent()])).rejects.toEqual(
          new VersionConflict(stream, 5, 1),
        );
        expect(await journal.readStream(stream)).toHaveLength(1);
      });
    });

    describe('the same event again', () => {
      it('is left out and reported', async () => {
        const stream = aStream();
        const [one, two, three] = [anEvent(), anEvent(), anEvent()];
        await journal.append(stream, 'any', [one, two]);
        const result = await journal.append(stream, 'any', [two, three]);
        expect(result).toEqual({ status: 'appended', version: 3, duplicates: [two.eventId] });
        expect((await journal.readStream(stream)).map(({ eventId }) => eventId)).toEqual(
          [one, two, three].map(({ eventId }) => eventId),
        );
      });

      it('is left out when one call brings it twice', async () => {
        const stream = aStream();
        const event = anEvent();
        const [first, second] = await journal.appendMany([
          { streamId: stream, expectedVersion: 'any', events: [event, event] },
          { streamId: stream, expectedVersion: 'any', events: [event] },
        ]);
        expect(first).toEqual({ status: 'appended', version: 1, duplicates: [event.eventId] });
        expect(second).toEqual({ status: 'appended', version: 1, duplicates: [event.eventId] });
        expect(await journal.readStream(stream)).toHaveLength(1);
      });

      it('answers a retried append as the first time, though its expected version is stale now', async () => {
        const stream = aStream();
        const events = [anEvent(), anEvent()];
        const first = await journal.append(stream, 0, events);
        await journal.append(stream, 2, [anEvent()]);
        const retried = await journal.append(stream, 0, events);
        expect(retried).toEqual({ ...first, duplicates: events.map(({ eventId }) => eventId) });
      });

      it('is known as a retry among other appends of its stream', async () => {
        const stream = aStream();
        const first = [anEvent()];
        await journal.append(stream, 0, first);
        const results = await journal.appendMany([
          { streamId: stream, expectedVersion: 1, events: [anEvent()] },
          { streamId: stream, expectedVersion: 0, events: first },
          { streamId: stream, expectedVersion: 0, events: [anEvent()] },
        ]);
        expect(results.map(inShort)).toEqual([
          ['appended', 2],
          ['appended', 1],
          ['conflict', 2],
        ]);
      });

      it('does not excuse new events from their expected version', async () => {
        const stream = aStream();
        const event = anEvent();
        await journal.append(stream, 0, [event]);
        await expect(journal.append(stream, 0, [event, anEvent()])).rejects.toThrow(VersionConflict);
        expect(await journal.append(stream, 1, [event, anEvent()])).toEqual({
          status: 'appended',
          version: 2,
          duplicates: [event.eventId],
        });
      });
    });

    describe('appends of many streams', () => {
      it('answers each for itself: a conflict refuses only its own append', async () => {
        const [a, b, c] = [aStream(), aStream(), aStream()];
        await journal.append(b, 0, [anEvent()]);
        const results = await journal.appendMany([
          { streamId: a, expectedVersion: 0, events: [anEvent(), anEvent()] },
          { streamId: b, expectedVersion: 0, events: [anEvent()] },
          { streamId: c, expectedVersion: 'any', events: [anEvent()] },
        ]);
        expect(results).toEqual([
          { status: 'appended', version: 2, duplicates: [] },
          { status: 'conflict', version: 1 },
          { status: 'appended', version: 1, duplicates: [] },
        ]);
        expect(await journal.readStream(b)).toHaveLength(1);
      });

      it('takes several appends of one stream one after the other', async () => {
        const stream = aStream();
        const append = (expectedVersion: number | 'any', count: number): Append => ({
          streamId: stream,
          expectedVersion,
          events: some(count, () => anEvent()),
        });
        await journal.append(stream, 'any', [anEvent()]);
        const results = await journal.appendMany([
          append('any', 2),
          append(3, 1),
          append(3, 1),
          append(4, 2),
          append('any', 1),
          append(1, 1),
        ]);
        expect(results.map(inShort)).toEqual([
          ['appended', 3],
          ['appended', 4],
          ['conflict', 4],
          ['appended', 6],
          ['appended', 7],
          ['conflict', 7],
        ]);
        expect((await journal.readStream(stream)).map(({ version }) => version)).toEqual([
          1, 2, 3, 4, 5, 6, 7,
        ]);
      });

      it('keeps thousands of events of one call in order', async () => {
        const streams = some(50, () => aStream());
        const appends = some(5_000, (n): Append => ({
          streamId: streams[n % 50] ?? '',
          expectedVersion: 'any',
          events: [anEvent()],
        }));
        const results = await journal.appendMany(appends);
        expect(results.map(inShort)).toEqual(some(5_000, (n) => ['appended', Math.floor(n / 50) + 1]));
        const stored = await journal.readStream(streams[7] ?? '');
        expect(stored.map(({ eventId }) => eventId)).toEqual(
          appends.filter((_, n) => n % 50 === 7).map(({ events }) => events[0]?.eventId),
        );
      });
    });

    describe('an event of more bytes than many stores take at once', () => {
      const large = () => anEvent({ data: `"${'x'.repeat(2 * 1024 * 1024)}"` });
      const ids = async (stream: string) => (await journal.readStream(stream)).map(({ eventId }) => eventId);

      it('is recorded, or refused alone: its neighbours are recorded, of its own stream and of others', async () => {
        const [a, b] = [aStream(), aStream()];
        const [first, tooMuch, last, other, own] = [anEvent(), large(), anEvent(), anEvent(), large()];
        const any = (streamId: string, event: NewEvent): Append => ({
          streamId,
          expectedVersion: 'any',
          events: [event],
        });
        const results = await journal.appendMany([
          any(a, first),
          any(a, tooMuch),
          any(b, other),
          any(a, last),
          { streamId: b, expectedVersion: 1, events: [own] },
        ]);
        const { atMost } = store;
        expect(results.map(inShort)).toEqual(
          atMost
            ? [
                ['appended', 1],
                ['too-large', atMost],
                ['appended', 1],
                ['appended', 2],
                ['too-large', atMost],
              ]
            : [1, 2, 1, 3, 2].map((version) => ['appended', version]),
        );
        const written = (...events: NewEvent[]) => events.map(({ eventId }) => eventId);
        expect(await ids(a)).toEqual(atMost ? written(first, last) : written(first, tooMuch, last));
        expect(await ids(b)).toEqual(atMost ? written(other) : written(other, own));
      });

      it('leaves the other events of an append to any version recorded', async () => {
        const stream = aStream();
        const [first, tooMuch, last] = [anEvent(), large(), anEvent()];
        const appending = journal.append(stream, 'any', [first, tooMuch, last]);
        if (store.atMost) await expect(appending).rejects.toThrow(new EventTooLarge(store.atMost));
        await appending.catch(() => undefined);
        expect(await ids(stream)).toEqual(expect.arrayContaining([first.eventId, last.eventId]));
      });
    });

    describe('under concurrency', () => {
      it('lets exactly one of many win an expected version', async () => {
        const others = await Promise.all(some(3, () => store.open()));
        const journals = [journal, ...others];
        const stream = aStream();
        const outcomes = await Promise.allSettled(
          some(16, (n) => journals[n % 4]!.append(stream, 0, [anEvent()])),
        );
        await Promise.all(others.map((other) => other.close()));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await journal.readStream(stream)).toHaveLength(1);
      });

      it('keeps one event that several processes bring at the same instant once', async () => {
        const processes = [journal, await store.open(), await store.open()];
        const before = (await journal.heads()).reduce((sum, { position }) => sum + position, 0);
        const ROUNDS = 40;
        for (let round = 0; round < ROUNDS; round++) {
          const [stream, events] = [aStream(), [anEvent(), anEvent()]];
          const bring = () => Promise.all(processes.map((process) => process.append(stream, 'any', events)));
          const answers = await bring();
          expect(answers.map(({ version }) => version)).toEqual([2, 2, 2]);
          const first = answers.filter(({ duplicates }) => duplicates.length === 0).length;
          expect(first).toBeGreaterThanOrEqual(1);
          if (!store.instantsAreOne) expect(first).toBe(1);
          // Who comes later is told that it was there.
          for (const { version, duplicates } of await bring())
            expect([version, duplicates]).toEqual([2, events.map(({ eventId }) => eventId)]);
          expect((await journal.readStream(stream)).map(({ eventId }) => eventId)).toEqual(
            events.map(({ eventId }) => eventId),
          );
        }
        const after = (await journal.heads()).reduce((sum, { position }) => sum + position, 0);
        expect(after - before).toBe(2 * ROUNDS);
        await Promise.all(processes.slice(1).map((process) => process.close()));
      });

      it('skips no event and leaves no hole, though connections break', async () => {
        const shards = [3, 4, 5];
        const processes = await Promise.all(some(4, () => store.open()));
        const start = new Map(
          (await journal.heads())
            .filter(({ shard }) => shards.includes(shard))
            .map(({ shard, position }) => [shard, position]),
        );
        const acknowledged = new Set<string>();
        let writing = true;

        const writer = async (n: number) => {
          const process = processes[n % processes.length] as Journal;
          const streams = some(3, () => aStream(...shards));
          for (let batch = 0; batch < 25; batch++) {
            const appends = streams.map((streamId): Append => ({
              streamId,
              expectedVersion: 'any',
              events: some(1 + ((n + batch) % 3), () => anEvent()),
            }));
            // The same ids until it is acknowledged: what a publisher does.
            for (;;) {
              const done = await process.appendMany(appends).then(
                () => true,
                () => wait(10).then(() => false),
              );
              if (done) break;
            }
            for (const { events } of appends) for (const { eventId } of events) acknowledged.add(eventId);
          }
        };
        const reader = async (n: number) => {
          const process = processes[n % processes.length] as Journal;
          const after = new Map(start);
          const seen: RecordedEvent[] = [];
          for (let idle = 0; idle < 3;) {
            const ranges = [...after].map(([shard, position]) => ({ shard, after: position }));
            const batch = await process.readShards(ranges, 200).catch(() => []);
            for (const span of batch) {
              expect(span.after).toBe(after.get(span.shard) ?? 0);
              expect(span.events.map(({ position }) => position)).toEqual(
                some(span.position - span.after, (n) => span.after + n + 1),
              );
              after.set(span.shard, span.position);
              seen.push(...span.events);
            }
            if (!writing && batch.length === 0) idle++;
            if (batch.length === 0) await wait(2);
          }
          return seen;
        };
        const trouble = async () => {
          // Not for ever: on a slow machine nothing would be quicker than the next trouble.
          for (let times = 0; times < 50 && writing && store.disturb; times++) {
            await wait(60);
            await store.disturb();
          }
        };

        const readers = some(4, reader);
        const troubled = trouble();
        await Promise.all(some(16, writer));
        writing = false;
        await troubled;
        for (const seen of await Promise.all(readers)) {
          expect(new Set(seen.map(({ eventId }) => eventId))).toEqual(acknowledged);
          expect(seen).toHaveLength(acknowledged.size);
          expectChain(seen);
          expectVersions(seen);
        }
        await Promise.all(processes.map((process) => process.close()));
      });
    });

    describe('reading shards', () => {
      it('gives each shard’s events in position order, from where it is asked', async () => {
        const stream = aStream(11);
        await journal.append(
          stream,
          0,
          some(5, () => anEvent()),
        );
        const all = await journal.readShard(11, 0, 1_000);
        expect(all.map(({ position }) => position)).toEqual(some(all.length, (n) => n + 1));
        expectChain(all);
        expect(await journal.readShard(11, 2, 2)).toEqual(all.slice(2, 4));
        expect(await journal.readShard(11, all.length, 10)).toEqual([]);
      });

      it('gives of many shards those whole that lie behind least, and of the next what still fits', async () => {
        const [much, little] = [aStream(21), aStream(22)];
        for (const [stream, count] of [
          [much, 400],
          [little, 10],
        ] as const)
          await journal.append(
            stream,
            'any',
            some(count, () => anEvent()),
          );
        const heads = await journal.heads();
        const last = (shard: number, count: number) => ({
          shard,
          after: (heads[shard]?.position ?? 0) - count,
        });
        const sizes = (spans: Span[]) => spans.map(({ shard, events }) => [shard, events.length]);
        const ranges = [last(21, 400), last(22, 10), last(23, 0)];
        expect(sizes(await journal.readShards(ranges, 100))).toEqual([
          [22, 10],
          [21, 90],
        ]);
        expect(sizes(await journal.readShards(ranges, 10_000))).toEqual([
          [22, 10],
          [21, 400],
        ]);
        const upTo = (heads[21]?.position ?? 0) - 393;
        expect(sizes(await journal.readShards([{ ...last(21, 400), upTo }], 100))).toEqual([[21, 7]]);
        expect(sizes(await journal.readShards([last(21, 400), last(22, 10)], 1))).toEqual([[22, 1]]);
        expect(await journal.readShards([], 10)).toEqual([]);
      });

      it('leaves out types, and still says what a span follows and where it ends', async () => {
        const stream = aStream(24);
        const kinds = ['noise', 'tune', 'noise', 'noise', 'tune', 'noise'];
        await journal.append(
          stream,
          'any',
          kinds.map((type) => ({ ...anEvent(), type })),
        );
        const head = (await journal.heads())[24]?.position ?? 0;
        const read = async (after: number, limit: number) => {
          const [span] = await journal.readShards([{ shard: 24, after }], limit, new Set(['noise']));
          return span;
        };
        const all = await journal.readShard(24, head - 6, 6);
        expect(await read(head - 6, 100)).toEqual({
          shard: 24,
          after: head - 6,
          previousId: all[0]?.previousId,
          position: head,
          lastEventId: all[5]?.eventId,
          events: [all[1], all[4]],
        });
        expect(await read(head - 2, 100)).toMatchObject({ after: head - 2, previousId: all[3]?.eventId });
        // Whatever the limit cuts off, reading on from the end of each span gives every event once.
        const tunes: RecordedEvent[] = [];
        for (let after = head - 6; after < head;) {
          const span = await read(after, 1);
          expect(span?.after).toBe(after);
          expect(span?.events.length).toBeLessThanOrEqual(1);
          expect(span?.lastEventId).toBe(all[(span?.position ?? 0) - head + 5]?.eventId);
          tunes.push(...(span?.events ?? []));
          after = span?.position ?? head;
        }
        expect(tunes).toEqual([all[1], all[4]]);
      });

      it('names the head of every shard', async () => {
        const stream = aStream(31);
        const event = anEvent();
        await journal.append(stream, 0, [anEvent(), event]);
        const heads = await journal.heads();
        expect(heads.map(({ shard }) => shard)).toEqual(some(SHARDS, (n) => n));
        expect(heads[31]?.eventId).toBe(event.eventId);
        expect(await journal.readShard(31, (heads[31]?.position ?? 0) - 1, 10)).toMatchObject([
          { eventId: event.eventId },
        ]);
      });
    });

    it('tells listeners in every process, until they stop', async () => {
      const other = await store.open();
      let own = 0;
      let others = 0;
      const stop = await journal.onAppended(() => own++);
      await other.onAppended(() => others++);
      own = others = 0;
      await journal.append(aStream(), 0, [anEvent()]);
      await until(() => own > 0 && others > 0);
      await stop();
      own = others = 0;
      await other.append(aStream(), 0, [anEvent()]);
      await until(() => others > 0);
      expect(own).toBe(0);
      await other.close();
    });
  });
}

/** Every event names the one before it. */
function expectChain(events: RecordedEvent[]): void {
  const before = new Map<number, RecordedEvent>();
  for (const event of events) {
    const previous = before.get(event.shard);
    if (previous) {
      expect(event.position).toBe(previous.position + 1);
      expect(event.previousId).toBe(previous.eventId);
    } else if (event.position === 1) expect(event.previousId).toBeNull();
    before.set(event.shard, event);
  }
}

/** Versions are 1, 2, 3 … in the order of positions. */
function expectVersions(events: RecordedEvent[]): void {
  const versions = new Map<string, number>();
  for (const { streamId, version } of events) {
    expect(version).toBe((versions.get(streamId) ?? 0) + 1);
    versions.set(streamId, version);
  }
}
