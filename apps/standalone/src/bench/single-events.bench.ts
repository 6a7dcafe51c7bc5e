import { randomUUID } from 'node:crypto';
import { migrateJournal, PostgresJournal, shardOf, type NewEvent } from '@perennial/journal';
import pg from 'pg';
import { compared, seconds, type Figure } from './bench.report.js';

const CALLERS = 256;
const CONNECTIONS = 16;

const anEvent = (n: number): NewEvent => ({
  eventId: randomUUID(),
  type: 'page.viewed',
  dataVersion: 1,
  time: new Date(1_700_000_000_000 + n * 1_000).toISOString(),
  source: '/shop',
  id: `page-${n}`,
  subject: 'user:sealed:1:c2VhbGVk',
  data: JSON.stringify({ path: `/products/${n % 500}`, title: 'A product' }),
});

/** Callers that each wait for their event before they send the next. */
async function callers(count: number, events: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (next < events) await one(next++);
    }),
  );
}

/** One event a call, group-committed, beside one INSERT a transaction of the same rows into the same table. */
export async function singleEvents(url: string, events: number, rounds: number): Promise<Figure> {
  await migrateJournal(url);
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', () => undefined);
  const journal = new PostgresJournal(url);
  const results: { ours: number; peer: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    await pool.query('truncate journal.event');
    const ours = await seconds(() =>
      callers(CALLERS, events, (n) => journal.append(randomUUID(), 'any', [anEvent(n)])),
    );
    await pool.query('truncate journal.event');
    const positions = new Map<number, number>();
    const insert = (n: number) => {
      const streamId = randomUUID();
      const shard = shardOf(streamId);
      const position = (positions.get(shard) ?? 0) + 1;
      positions.set(shard, position);
      const { eventId, type, dataVersion, time, source, id, subject, data } = anEvent(n);
      return pool.query({
        name: 'insert',
        text: `insert into journal.event (position, time, recorded_at, version, shard, data_version, stream_id, event_id, type, source, id, subject, data)
               values ($1, $2, now(), 1, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        values: [position, time, shard, dataVersion, streamId, eventId, type, source, id, subject, data],
      });
    };
    const peer = await seconds(() => callers(CONNECTIONS, events, insert));
    results.push({ ours, peer });
  }
  await pool.query('truncate journal.event');
  await journal.close();
  await pool.end();
  return compared(
    `single events, ${CALLERS} callers, group commit`,
    events,
    `INSERT, ${CONNECTIONS} connections`,
    results,
    { at: 'least', value: 2.5 },
  );
}
