import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeWithCertificate, eventStoreServer } from '@perennial/testing';
import { anEvent, aStream } from '../journal.contract.js';
import { JournalUnavailable, JournalUrlError } from '../journal.errors.js';
import { migrateJournal } from '../migrate-journal.js';
import { openJournal } from '../open-journal.js';
import { EventStoreJournal } from './eventstore-journal.js';

type Server = Awaited<ReturnType<typeof eventStoreServer>>;

/** Appends and reads. */
async function use(url: string): Promise<number> {
  const journal = await openJournal(url);
  try {
    const stream = aStream();
    await journal.append(stream, 0, [anEvent()]);
    return (await journal.readStream(stream)).length;
  } finally {
    await journal.close();
  }
}

describeWithCertificate('EventStoreDB with TLS', (tls) => {
  let server: Server;
  beforeAll(async () => {
    const users = {
      admin: { password: 'right', isAdmin: true },
      guest: { password: 'right', isAdmin: false },
    };
    server = await eventStoreServer({ tls: tls(), users });
  });
  afterAll(() => server.stop());

  const url = (user: string, settings = `tlsCAFile=${encodeURIComponent(tls().file)}`) =>
    `esdb://${user}@127.0.0.1:${server.port}?${settings}`;

  it('is used with the certificate of its authority, and a user', async () => {
    await migrateJournal(url('admin:right'));
    expect(await use(url('admin:right'))).toBe(1);
  });

  it.each([
    ['a wrong password', () => url('admin:wrong'), 'does not know the user and password'],
    ['a user who may not read everything', () => url('guest:right'), '$admins'],
  ])('says that it was given %s, at start', async (_, wrong, message) => {
    const start = migrateJournal(wrong());
    await expect(start).rejects.toThrow(JournalUrlError);
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.not.toThrow(/wrong@|right/);
  });

  it.each([
    ['an unknown authority', () => url('admin:right', 'tls=true'), /can't be reached.*certificate/],
    ['no TLS', () => url('admin:right', 'tls=false'), /Does it run, and does "tls"/],
  ])('says that it was used with %s', async (_, wrong, message) => {
    const journal = new EventStoreJournal(wrong(), { patience: 300 });
    const use = journal.heads();
    await expect(use).rejects.toThrow(JournalUnavailable);
    await expect(use).rejects.toThrow(message);
    await journal.close();
  });
});

describe('a cluster of EventStoreDB', () => {
  let one: Server;
  let two: Server;
  beforeEach(async () => {
    one = await eventStoreServer();
    two = await eventStoreServer({ log: one.log });
    one.peers.push(two);
    two.peers.push(one);
    two.follow(one);
  });
  afterEach(() => Promise.all([one.stop(), two.stop()]));

  it.each([
    ['the addresses of its nodes', () => `esdb://127.0.0.1:${two.port},127.0.0.1:${one.port}?tls=false`],
    ['one name for all nodes', () => `esdb+discover://127.0.0.1:${two.port}?tls=false`],
    ['only a follower', () => `esdb://127.0.0.1:${two.port}?tls=false`],
  ])('is found by %s', async (_, url) => {
    expect(await use(url())).toBe(1);
    expect(one.calls.get('events')).toBeGreaterThan(0);
    expect(two.calls.get('events')).toBeUndefined();
  });

  it('goes on when its leader is killed and another is elected', async () => {
    const journal = await openJournal(`esdb://127.0.0.1:${one.port},127.0.0.1:${two.port}?tls=false`);
    const stream = aStream();
    const first = anEvent();
    await journal.append(stream, 0, [first]);
    await one.stop();
    one.follow(two);
    const appended = journal.append(stream, 1, [anEvent()]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    two.follow(undefined);
    expect(await appended).toEqual({ status: 'appended', version: 2, duplicates: [] });
    expect(await journal.append(stream, 0, [first])).toMatchObject({
      version: 1,
      duplicates: [first.eventId],
    });
    expect(await journal.readStream(stream)).toHaveLength(2);
    await journal.close();
  });
});

describe('something else than EventStoreDB', () => {
  it('is noticed at start, within seconds', async () => {
    const silent = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    await expect(migrateJournal(`esdb://127.0.0.1:${port}?tls=false`)).rejects.toThrow(
      `EventStoreDB can't be reached at 127.0.0.1:${port}`,
    );
    await new Promise((resolve) => silent.close(resolve));
  });
});
