import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openJournal, type Append } from '@perennial/journal';
import type { Bench } from './bench.bench.js';
import type { Figure } from './figures.bench.js';

const PROGRAM = fileURLToPath(new URL('../../../../libs/testing/bin/event-store.mjs', import.meta.url));
const BATCH = 2_000;
const DATA = JSON.stringify({
  orderId: 'A-1001',
  total: { amount: '59.80', currency: 'EUR' },
  lines: [{ sku: 'lamp', quantity: 2, price: { amount: '29.90', currency: 'EUR' } }],
});

const appendsTo = (streams: readonly string[]): Append[] =>
  streams.map((streamId, n) => ({
    streamId,
    expectedVersion: 'any',
    events: [
      {
        eventId: randomUUID(),
        type: 'order.placed',
        dataVersion: 1,
        time: '2026-03-01T12:00:00.000Z',
        source: '/shop',
        id: `A-${n}`,
        subject: 'user:1:c2VhbGVk',
        data: DATA,
      },
    ],
  }));

/** Seconds of processor time that this process spends: the server is another one, and no measure of the real one. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/**
 * What the journal on EventStoreDB costs the process that uses it, an event in a stream of its own and one in a stream
 * that is known, and what numbering and reading cost beside. Against a server in memory.
 */
export async function eventStoreFigures({ events, rounds, say }: Bench): Promise<Figure[]> {
  const server = fork(PROGRAM, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  try {
    const [line] = (await once(server.stdout!.setEncoding('utf8'), 'data')) as [string];
    const journal = await openJournal(line.trim());
    const rates: Record<'fresh' | 'known' | 'numbered' | 'read', number[]> = {
      fresh: [],
      known: [],
      numbered: [],
      read: [],
    };
    const count = Math.min(events, 10 * BATCH);
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1}`);
      const spent = { fresh: 0, known: 0, numbered: 0, read: 0 };
      for (let done = 0; done < count; done += BATCH) {
        const streams = Array.from({ length: BATCH }, () => randomUUID());
        const before = await journal.heads();
        // Numbering begins by itself; what it does while events are appended counts as appending.
        spent.fresh += await processorTime(() => journal.appendMany(appendsTo(streams)));
        spent.numbered += await processorTime(() => journal.heads());
        spent.known += await processorTime(() => journal.appendMany(appendsTo(streams)));
        spent.numbered += await processorTime(() => journal.heads());
        const ranges = before.map(({ shard, position }) => ({ shard, after: position }));
        spent.read += await processorTime(() => journal.readShards(ranges, 2 * BATCH));
      }
      rates.fresh.push(count / spent.fresh);
      rates.known.push(count / spent.known);
      rates.numbered.push((2 * count) / spent.numbered);
      rates.read.push((2 * count) / spent.read);
    }
    await journal.close();
    const unit = 'events a second of processor time';
    const peer = 'append to new streams';
    return [
      { name: 'EventStoreDB: append to new streams', unit, ours: rates.fresh },
      { name: 'EventStoreDB: append to known streams', unit, ours: rates.known, peer, peers: rates.fresh },
      {
        name: 'EventStoreDB: number',
        unit,
        ours: rates.numbered,
        peer,
        peers: rates.fresh,
        target: { atLeast: 1 },
      },
      { name: 'EventStoreDB: read all shards', unit, ours: rates.read, peer, peers: rates.fresh },
    ];
  } finally {
    server.kill();
  }
}
