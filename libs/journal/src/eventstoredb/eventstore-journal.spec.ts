import { randomUUID } from 'node:crypto';
import { describeWithEventStore, eventStoreServer, until } from '@perennial/testing';
import { JournalBusy } from '../group-commit.js';
import { anEvent, aStream, journalContract } from '../journal.contract.js';
import { EventTooLarge, JournalUnavailable, VersionConflict } from '../journal.errors.js';
import type { NewEvent } from '../journal.port.js';
import { shardOf } from '../shard.js';
import { EventStoreJournal, type EventStoreJournalOptions } from './eventstore-journal.js';
import { prepareEventStore } from './prepare.js';

type Server = Awaited<ReturnType<typeof eventStoreServer>>;

const urlOf = (server: Server, settings = 'tls=false') => `esdb://127.0.0.1:${server.port}?${settings}`;
const some = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** The server's own default, in bytes. */
const MAX_APPEND_SIZE = 1024 * 1024;

journalContract('the journal on EventStoreDB in memory', async () => {
  const server = await eventStoreServer();
  await prepareEventStore(urlOf(server));
  return {
    open: async () => new EventStoreJournal(urlOf(server)),
    atMost: MAX_APPEND_SIZE,
    instantsAreOne: true,
    // A process has one connection: to break it breaks all that is under way.
    disturb: async () => server.breakConnections(0.1),
    stop: () => server.stop(),
  };
});

describeWithEventStore('on a real EventStoreDB', (store) =>
  journalContract('the journal', async () => {
    await prepareEventStore(store().url);
    return {
      open: async () => new EventStoreJournal(store().url),
      atMost: MAX_APPEND_SIZE,
      instantsAreOne: true,
      stop: async () => undefined,
    };
  }),
);

describe('the journal on EventStoreDB', () => {
  let server: Server;
  let journal: EventStoreJournal;
  const opened: EventStoreJournal[] = [];
  const open = (options: EventStoreJournalOptions = {}, url = urlOf(server)) => {
    const another = new EventStoreJournal(url, options);
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    server = await eventStoreServer();
    await prepareEventStore(urlOf(server));
    journal = open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await server.stop();
  });

  it.each(['{ "a" : 1.0,\n"b":1e2 }', '{"b":1,"1":2,"b":3}', '{"text":"🪷\\ud83d"}'])(
    'keeps data as the text that it is: %s',
    async (data) => {
      const stream = aStream();
      await journal.append(stream, 0, [anEvent({ data })]);
      expect((await journal.readStream(stream))[0]?.data).toBe(data);
      expect((await journal.readShard(shardOf(stream), 0, 1))[0]?.data).toBe(data);
    },
  );

  describe('when a fault comes between', () => {
    it.each(['answer is lost', 'timeout', 'busy'] as const)(
      'appends once, and answers as if nothing had happened: %s',
      async (trouble) => {
        const stream = aStream();
        const event = anEvent();
        server.trouble(trouble);
        const results = await journal.appendMany([
          { streamId: stream, expectedVersion: 0, events: [event, anEvent()] },
          { streamId: stream, expectedVersion: 0, events: [anEvent()] },
          { streamId: stream, expectedVersion: 2, events: [anEvent()] },
        ]);
        expect(results).toEqual([
          { status: 'appended', version: 2, duplicates: [] },
          { status: 'conflict', version: 2 },
          { status: 'appended', version: 3, duplicates: [] },
        ]);
        expect(await journal.readStream(stream)).toHaveLength(3);
        expect(await journal.checkIntegrity()).toEqual([]);
      },
    );

    it('waits while the server starts again, and goes on with appends, reads and signals', async () => {
      const stream = aStream();
      const events = some(3, () => anEvent());
      await journal.append(stream, 0, events.slice(0, 1));
      const listening = open({ pollEvery: 600_000 });
      let signals = 0;
      await listening.onAppended(() => signals++);
      await server.stop();
      const appended = journal.append(stream, 1, events.slice(1, 2));
      const read = listening.heads();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.start();
      expect(await appended).toEqual({ status: 'appended', version: 2, duplicates: [] });
      await read;
      // The first answer again, from what the server knows: the ids of this process are forgotten with its connection.
      const retried = await journal.append(stream, 0, events.slice(0, 1));
      expect(retried).toEqual({ status: 'appended', version: 1, duplicates: [events[0]!.eventId] });
      await until(() => signals > 0);
      signals = 0;
      await journal.append(stream, 2, events.slice(2));
      await until(() => signals > 0);
      expect((await listening.readStream(stream)).map(({ eventId }) => eventId)).toEqual(
        events.map(({ eventId }) => eventId),
      );
    });

    it('says that the server can’t be reached, when it stays away', async () => {
      const impatient = open({ patience: 100 });
      await server.stop();
      const refusal = impatient.append(aStream(), 0, [anEvent()]);
      await expect(refusal).rejects.toThrow(JournalUnavailable);
      await expect(refusal).rejects.toThrow(`can't be reached at 127.0.0.1:${server.port}`);
      await expect(prepareEventStore(`esdb://127.0.0.1:${server.port}?tls=false`)).rejects.toThrow(
        'Does it run',
      );
    });

    it('knows again what the server knows after it was restored from an older backup', async () => {
      const stream = aStream();
      const [kept, lost, late] = some(3, () => anEvent());
      await journal.append(stream, 0, [kept!]);
      await journal.heads();
      const backup = server.log.records.length;
      await journal.append(stream, 1, [lost!]);
      expect((await journal.heads())[shardOf(stream)]?.position).toBe(2);
      await server.stop();
      server = await eventStoreServer({ port: server.port, log: server.log.upTo(backup) });
      expect((await journal.heads())[shardOf(stream)]?.position).toBe(1);
      // It is not taken for one that is there.
      expect(await journal.append(stream, 1, [lost!])).toMatchObject({ version: 2, duplicates: [] });
      await journal.append(stream, 2, [late!]);
      expect(await journal.checkIntegrity()).toEqual([]);
      expect(await journal.readShard(shardOf(stream), 0, 10)).toHaveLength(3);
    });
  });

  describe('the same event from another process', () => {
    it('is known, though this one has never seen its stream', async () => {
      const [stream, events] = [aStream(), some(3, () => anEvent())];
      await journal.append(stream, 'any', events);
      const other = open();
      expect(await other.append(stream, 'any', events)).toEqual({
        status: 'appended',
        version: 3,
        duplicates: events.map(({ eventId }) => eventId),
      });
      const third = open();
      const result = await third.append(stream, 'any', [events[1]!, anEvent()]);
      expect(result).toEqual({ status: 'appended', version: 4, duplicates: [events[1]!.eventId] });
    });

    it('is known after the server has forgotten all ids and this process the stream', async () => {
      const forgetful = open({ remembered: 2 });
      const [stream, event] = [aStream(), anEvent()];
      await forgetful.append(stream, 'any', [event]);
      for (let n = 0; n < 5; n++) await forgetful.append(aStream(), 'any', [anEvent()]);
      server.log.forgetRecent();
      expect(await forgetful.append(stream, 'any', [event])).toMatchObject({ duplicates: [event.eventId] });
      expect(await forgetful.readStream(stream)).toHaveLength(1);
    });
  });

  it('new streams are written without being read first', async () => {
    server.calls.clear();
    await journal.appendMany(
      some(100, () => ({ streamId: aStream(), expectedVersion: 'any', events: [anEvent()] })),
    );
    expect(server.calls.get('read')).toBeLessThan(20);
  });

  describe('numbering', () => {
    const write = (count: number, streams = 20) => {
      const ids = some(streams, () => aStream());
      return journal.appendMany(
        some(count, (n) => ({ streamId: ids[n % streams]!, expectedVersion: 'any', events: [anEvent()] })),
      );
    };
    const positions = async (reader: EventStoreJournal) => {
      const heads = await reader.heads();
      const shards = await Promise.all(heads.map(({ shard }) => reader.readShard(shard, 0, 10_000)));
      return shards.flat();
    };

    it('is done again to the same positions when its marks were lost', async () => {
      await write(500);
      const before = await positions(journal);
      server.log.softDelete('perennial_heads', 'any');
      const other = open();
      expect(await positions(other)).toEqual(before);
      expect(before).toHaveLength(500);
      await write(100);
      expect(await other.checkIntegrity()).toEqual([]);
    });

    it('is finished by another process where one was cut off between links and mark', async () => {
      await write(300);
      const before = await positions(journal);
      await write(300);
      await journal.heads();
      // As if the process had died before its last marks: the links are there, the marks are not.
      server.log.forgetLast('perennial_heads', 1);
      const after = await positions(open());
      expect(after.filter(({ eventId }) => before.some((event) => event.eventId === eventId))).toEqual(
        before,
      );
      expect(after).toHaveLength(600);
      expect(await journal.checkIntegrity()).toEqual([]);
    });

    it('is the same whoever does it, and how many at once', async () => {
      const others = some(4, () => open());
      const heads = [];
      for (let n = 0; n < 10; n++) {
        await write(50);
        heads.push(await Promise.all(others.map((other) => other.heads())));
      }
      for (const answers of heads)
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(await journal.checkIntegrity()).toEqual([]);
    });

    it('is right while processes hear of each other’s marks as they number themselves', async () => {
      const others = some(4, () => open());
      for (const other of others) await other.onAppended(() => void other.heads().catch(() => undefined));
      await Promise.all(
        others.flatMap((other) =>
          some(2, async () => {
            const streams = some(6, () => aStream(1, 2));
            for (let n = 0; n < 15; n++)
              await other.appendMany(
                streams.map((streamId) => ({ streamId, expectedVersion: 'any', events: [anEvent()] })),
              );
          }),
        ),
      );
      const [first, ...rest] = await Promise.all(others.map((other) => other.heads()));
      expect(first!.reduce((sum, { position }) => sum + position, 0)).toBe(4 * 2 * 15 * 6);
      for (const heads of rest) expect(heads).toEqual(first);
      expect(await journal.checkIntegrity()).toEqual([]);
    });

    it('is noticed to be wrong when its streams were written to by others', async () => {
      const stream = aStream(12);
      await journal.append(stream, 0, [anEvent()]);
      await journal.heads();
      const link = {
        type: '$>',
        contentType: 'application/json',
        data: Buffer.from(`0@perennial-${stream}`),
        metadata: Buffer.from('{"commit":1,"previousId":null}'),
      };
      server.log.append('perennial_shard-12', 'any', [{ ...link, id: randomUUID() }]);
      await journal.append(aStream(12), 0, [anEvent()]);
      await expect(journal.heads()).rejects.toThrow('Shard 12 of the journal has 2 links');
    });

    it('gives each event of a stream the position that its shard gives it, wherever in a long shard it is', async () => {
      const [rare, often] = [aStream(5), aStream(5)];
      for (let n = 0; n < 12; n++) {
        await journal.append(rare, n, [anEvent()]);
        await journal.append(
          often,
          'any',
          some(n % 3 === 0 ? 5 : 300, () => anEvent()),
        );
      }
      const shard = await journal.readShard(5, 0, 10_000);
      const expected = shard.filter(({ streamId }) => streamId === rare);
      expect(expected).toHaveLength(12);
      server.calls.clear();
      expect(await open().readStream(rare)).toEqual(expected);
      expect(server.calls.get('read')).toBeLessThan(60);
      expect(await journal.readStream(rare, 10)).toEqual(expected.slice(10));
    });

    it('keeps few marks', async () => {
      for (let n = 0; n < 120; n++) {
        await journal.append(aStream(), 0, [anEvent()]);
        await journal.heads();
      }
      expect(server.log.visible('perennial_heads')).toHaveLength(100);
    });
  });

  describe('others in the same EventStoreDB', () => {
    const foreign = (text: string) => ({
      id: randomUUID(),
      type: 'lamp.lit',
      contentType: 'application/json',
      data: Buffer.from('{}'),
      metadata: Buffer.from(text),
    });

    it('do not disturb, whatever they write', async () => {
      const stream = aStream();
      await journal.append(stream, 0, [anEvent()]);
      for (let n = 0; n < 50; n++) server.log.append(`lamp-${n}`, 'any', [foreign('{}'), foreign('')]);
      server.log.append('perennial-lamp', 'any', [foreign('{}')]);
      server.log.append(`perennial-${aStream()}`, 'any', [foreign('no JSON'), foreign('{"time":1}')]);
      const other = open({}, urlOf(server, 'tls=false&prefix=staging'));
      await other.append(stream, 0, [anEvent(), anEvent()]);
      await journal.append(stream, 1, [anEvent()]);
      const sum = (heads: { position: number }[]) => heads.reduce((all, { position }) => all + position, 0);
      expect(sum(await journal.heads())).toBe(2);
      expect(sum(await other.heads())).toBe(2);
      expect(await journal.readStream(stream)).toHaveLength(2);
    });

    it('who delete a stream of the journal make that known where its events are read', async () => {
      const stream = aStream();
      await journal.append(stream, 0, [anEvent()]);
      await journal.heads();
      server.log.softDelete(`perennial-${stream}`, 'any');
      await expect(journal.readShard(shardOf(stream), 0, 10)).rejects.toThrow(
        `position 1 of shard ${shardOf(stream)} can't be read any more`,
      );
    });
  });

  describe('size', () => {
    const large = (bytes: number) => anEvent({ data: `"${'x'.repeat(bytes)}"` });

    it('of an append that expects no version may be more than EventStoreDB takes at once', async () => {
      const stream = aStream();
      const events = some(30, () => large(100_000));
      await journal.append(stream, 'any', events.slice(0, 2));
      const result = await journal.append(stream, 'any', events);
      const duplicates = events.slice(0, 2).map(({ eventId }) => eventId);
      expect(result).toEqual({ status: 'appended', version: 30, duplicates });
    });

    it('of one that expects a version may not, and fails alone', async () => {
      const stream = aStream();
      const calls = [anEvent(), large(2_000_000), anEvent()].map((event) =>
        journal.append(stream, 'any', [event]),
      );
      const outcomes = await Promise.allSettled(calls);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      const refusal = journal.append(
        stream,
        2,
        some(3, () => large(400_000)),
      );
      await expect(refusal).rejects.toThrow(EventTooLarge);
      expect(await journal.readStream(stream)).toHaveLength(2);
    });

    it('that no server takes is not sent: the call would end, and with it what others append', async () => {
      const lines = () => server.calls.get('batchAppend');
      await journal.append(aStream(), 0, [anEvent()]);
      const before = lines();
      const outcomes = await journal.appendMany(
        [anEvent(), large(17 * 1024 * 1024), anEvent()].map((event) => ({
          streamId: aStream(),
          expectedVersion: 'any',
          events: [event],
        })),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['appended', 'too-large', 'appended']);
      expect(lines()).toBe(before);
    });

    it('of several together may be more than a server takes that takes less than others', async () => {
      await server.stop();
      server = await eventStoreServer({ port: server.port, log: server.log, maxAppendSize: 10_000 });
      const stream = aStream();
      const events = [...some(20, () => large(2_000)), large(20_000), ...some(20, () => large(2_000))];
      const results = await journal.appendMany(
        events.map((event) => ({ streamId: stream, expectedVersion: 'any', events: [event] })),
      );
      expect(results.filter(({ status }) => status === 'appended')).toHaveLength(40);
      expect(results[20]).toEqual({ status: 'too-large', limit: 10_000 });
      const [inOnePiece] = await journal.appendMany([
        { streamId: aStream(), expectedVersion: 'any', events: some(20, () => large(2_000)) },
      ]);
      expect(inOnePiece).toEqual({ status: 'appended', version: 20, duplicates: [] });
    });

    it('of what waits is bounded', async () => {
      const small = open({ maxWaiting: 10 });
      const append = (count: number) =>
        small.append(
          aStream(),
          'any',
          some(count, () => anEvent()),
        );
      const outcomes = await Promise.allSettled([append(20), append(1)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(JournalBusy);
    });
  });

  it('an id that is no UUID is refused, and its neighbours are not', async () => {
    const append = (fields: Partial<NewEvent>) => journal.append(aStream(), 0, [anEvent(fields)]);
    const outcomes = await Promise.allSettled([append({}), append({ eventId: 'x' }), append({})]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('a process whose memory of a stream is old meets conflicts like any other', async () => {
    const other = open();
    const stream = aStream();
    await journal.append(stream, 0, [anEvent()]);
    await other.append(stream, 1, [anEvent()]);
    await expect(journal.append(stream, 1, [anEvent()])).rejects.toEqual(new VersionConflict(stream, 1, 2));
    await other.append(stream, 2, [anEvent()]);
    expect(await journal.append(stream, 3, [anEvent()])).toMatchObject({ version: 4 });
    await other.append(stream, 4, [anEvent()]);
    expect(await journal.append(stream, 'any', [])).toMatchObject({ version: 5 });
  });
});
