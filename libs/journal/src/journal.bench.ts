import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { SHARDS, type Append, type NewEvent } from './journal.port.js';
import { migrateJournal } from './postgres/migrate.js';
import { PostgresJournal } from './postgres/postgres-journal.js';
import { shardOf } from './shard.js';

export interface JournalBenchOptions {
  /** Events in all, for each of the ways. */
  events?: number;
  /** Events a commit. */
  batch?: number;
  /** Events a stream gets. */
  perStream?: number;
  rounds?: number;
}

/** Events a second. */
export interface JournalBenchResult {
  batch: number;
  copy: number;
  append: number;
  /** append / copy; the target is 0.8. */
  ratio: number;
  /** Append with two batches under way, as an import does it: one is prepared while the other is committed. */
  pipelined: number;
  /** Reading everything through `readShards`. */
  read: number;
}

const orderData = (n: number): string =>
  JSON.stringify({
    orderId: `A-${n}`,
    total: { amount: `${n % 900}.90`, currency: 'EUR' },
    channel: 'web',
    lines: Array.from({ length: 1 + (n % 4) }, (_, i) => ({
      sku: `SKU-${(n * 7 + i) % 5000}`,
      quantity: 1 + (i % 3),
      price: { amount: '29.90', currency: 'EUR' },
    })),
  });

function someAppends(count: number, perStream: number): Append[] {
  const streams = Array.from({ length: Math.ceil(count / perStream) }, () => randomUUID());
  return Array.from({ length: count }, (_, n) => {
    const event: NewEvent = {
      eventId: randomUUID(),
      type: 'order.placed',
      dataVersion: 1,
      time: new Date(1_700_000_000_000 + n * 1_000).toISOString(),
      source: '/shop/eu',
      id: `order-${n}`,
      subject: `user:sealed:1:${randomBytes(40).toString('base64url')}`,
      data: orderData(n),
    };
    return { streamId: streams[n % streams.length] ?? '', expectedVersion: 'any', events: [event] };
  });
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\');

/** What COPY gets for the same events: numbered beforehand, which spares it the work of `append`. */
function copyRows(
  appends: readonly Append[],
  heads: Map<number, { position: number; eventId: string }>,
  versions: Map<string, number>,
): string[] {
  const recorded = new Date().toISOString();
  const byShard = new Map<number, string[]>();
  for (const { streamId, events } of appends) {
    const shard = shardOf(streamId);
    for (const event of events) {
      const before = heads.get(shard);
      const position = (before?.position ?? 0) + 1;
      const version = (versions.get(streamId) ?? 0) + 1;
      versions.set(streamId, version);
      heads.set(shard, { position, eventId: event.eventId });
      const row = [
        position,
        event.time,
        recorded,
        version,
        shard,
        event.dataVersion,
        streamId,
        event.eventId,
        before?.eventId ?? '\\N',
        event.type,
        event.source,
        event.id,
        event.subject,
        escaped(event.data),
      ];
      const rows = byShard.get(shard) ?? [];
      byShard.set(shard, rows);
      rows.push(`${row.join('\t')}\n`);
    }
  }
  return [...byShard.values()].flat();
}

function* batches<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
};

async function copy(client: pg.Client, appends: Append[], batch: number): Promise<void> {
  const heads = new Map<number, { position: number; eventId: string }>();
  const versions = new Map<string, number>();
  for (const some of batches(appends, batch)) {
    const target = client.query(
      copyFrom(
        'copy journal.event (position, time, recorded_at, version, shard, data_version, stream_id, event_id, previous_id, type, source, id, subject, data) from stdin',
      ),
    );
    await pipeline(Readable.from([copyRows(some, heads, versions).join('')]), target);
  }
}

async function append(
  journal: PostgresJournal,
  appends: Append[],
  batch: number,
  lanes: number,
): Promise<void> {
  const next = batches(appends, batch);
  const lane = async () => {
    for (const some of next) await journal.appendMany(some);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function readAll(journal: PostgresJournal): Promise<void> {
  const after = new Map(Array.from({ length: SHARDS }, (_, shard) => [shard, 0]));
  for (;;) {
    const events = await journal.readShards(after, 5_000);
    for (const { shard, position } of events) after.set(shard, position);
    if (events.length === 0) return;
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Compares `appendMany` with COPY of the same rows into the same table with the same indexes, one batch a commit, in an
 * empty database whose schema `journal` it makes and empties again.
 */
export async function journalBench(
  url: string,
  options: JournalBenchOptions = {},
): Promise<JournalBenchResult> {
  const { events = 40_000, batch = 5_000, perStream = 4, rounds = 3 } = options;
  await migrateJournal(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const journal = new PostgresJournal(url);
  const times = {
    copy: [] as number[],
    append: [] as number[],
    pipelined: [] as number[],
    read: [] as number[],
  };
  const empty = () => client.query('truncate journal.event').then(() => client.query('checkpoint'));
  for (let round = 0; round < rounds; round++) {
    const appends = someAppends(events, perStream);
    await empty();
    times.copy.push(await seconds(() => copy(client, appends, batch)));
    await empty();
    times.pipelined.push(await seconds(() => append(journal, appends, batch, 2)));
    await empty();
    times.append.push(await seconds(() => append(journal, appends, batch, 1)));
    times.read.push(await seconds(() => readAll(journal)));
  }
  await empty();
  await journal.close();
  await client.end();
  const rate = (of: number[]) => Math.round(events / median(of));
  const [copied, appended] = [rate(times.copy), rate(times.append)];
  return {
    batch,
    copy: copied,
    append: appended,
    ratio: Math.round((appended / copied) * 100) / 100,
    pipelined: rate(times.pipelined),
    read: rate(times.read),
  };
}
