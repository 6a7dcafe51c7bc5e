import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { SHARDS, type Append, type NewEvent } from './journal.port.js';
import { migrateJournal } from './migrate-journal.js';
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

/** Events a second, a number a round. */
export interface JournalBenchResult {
  batch: number;
  copy: number[];
  append: number[];
  /** Append with two batches under way, as an import does it: one is prepared while the other is committed. */
  pipelined: number[];
  /** Reading everything through `readShards`. */
  read: number[];
}

export interface SingleEventsBenchOptions {
  /** Events in all, for each of the ways. */
  events?: number;
  /** Callers of `append`, each with one event under way. */
  callers?: number;
  /** Connections for the plain INSERTs, each with one under way. */
  connections?: number;
  rounds?: number;
}

/** Events a second, a number a round. */
export interface SingleEventsBenchResult {
  append: number[];
  insert: number[];
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

const copyLine = (row: readonly (string | number | null)[]) =>
  `${row.map((value) => (value === null ? '\\N' : String(value).replaceAll('\\', '\\\\'))).join('\t')}\n`;

const COLUMNS =
  'position, time, recorded_at, version, shard, data_version, stream_id, event_id, previous_id, type, source, id, subject, data';

/** The rows of events: numbered beforehand, which spares the peers the work of `append`. */
function rowsOf(
  appends: readonly Append[],
  heads = new Map<number, { position: number; eventId: string }>(),
  versions = new Map<string, number>(),
): (string | number | null)[][] {
  const recorded = new Date().toISOString();
  const byShard = new Map<number, (string | number | null)[][]>();
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
        before?.eventId ?? null,
        event.type,
        event.source,
        event.id,
        event.subject,
        event.data,
      ];
      const rows = byShard.get(shard) ?? [];
      byShard.set(shard, rows);
      rows.push(row);
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
    const target = client.query(copyFrom(`copy journal.event (${COLUMNS}) from stdin`));
    await pipeline(Readable.from([rowsOf(some, heads, versions).map(copyLine).join('')]), target);
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
    const ranges = [...after].map(([shard, position]) => ({ shard, after: position }));
    const spans = await journal.readShards(ranges, 5_000);
    for (const { shard, position } of spans) after.set(shard, position);
    if (spans.length === 0) return;
  }
}

const empty = (client: pg.Client) =>
  client.query('truncate journal.event').then(() => client.query('checkpoint'));

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
  const result: JournalBenchResult = { batch, copy: [], append: [], pipelined: [], read: [] };
  const rate = async (work: () => Promise<void>) => events / (await seconds(work));
  for (let round = 0; round < rounds; round++) {
    const appends = someAppends(events, perStream);
    await empty(client);
    result.copy.push(await rate(() => copy(client, appends, batch)));
    await empty(client);
    result.pipelined.push(await rate(() => append(journal, appends, batch, 2)));
    await empty(client);
    result.append.push(await rate(() => append(journal, appends, batch, 1)));
    result.read.push(await rate(() => readAll(journal)));
  }
  await empty(client);
  await journal.close();
  await client.end();
  return result;
}

/** Each of `lanes` takes the next item when it is done with the one before. */
async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, lane: number) => Promise<unknown>,
): Promise<void> {
  const next = items.values();
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      for (const item of next) await work(item, lane);
    }),
  );
}

/**
 * Compares single events of many callers, which the journal commits in groups, with plain INSERTs of the same rows,
 * numbered beforehand, one a transaction. In an empty database whose schema `journal` it makes and empties again.
 */
export async function singleEventsBench(
  url: string,
  options: SingleEventsBenchOptions = {},
): Promise<SingleEventsBenchResult> {
  const { events = 10_000, callers = 256, connections = 16, rounds = 3 } = options;
  await migrateJournal(url);
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) await client.connect();
  const [client] = clients as [pg.Client];
  const journal = new PostgresJournal(url);
  const insert = {
    name: 'insert',
    text: `insert into journal.event (${COLUMNS}) values (${COLUMNS.split(', ')
      .map((_, index) => `$${index + 1}`)
      .join()})`,
  };
  const result: SingleEventsBenchResult = { append: [], insert: [] };
  for (let round = 0; round < rounds; round++) {
    const appends = someAppends(events, 4);
    const rows = rowsOf(appends);
    await empty(client);
    const appending = await seconds(() => inLanes(appends, callers, (one) => journal.appendMany([one])));
    result.append.push(events / appending);
    await empty(client);
    const inserting = await seconds(() =>
      inLanes(rows, connections, (values, lane) => clients[lane]!.query({ ...insert, values })),
    );
    result.insert.push(events / inserting);
  }
  await empty(client);
  await journal.close();
  for (const one of clients) await one.end();
  return result;
}
