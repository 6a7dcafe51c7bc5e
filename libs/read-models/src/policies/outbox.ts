import { catalogue } from '@perennial/events';
import { appended, type Append, type Journal, type NewEvent } from '@perennial/journal';
import type pg from 'pg';
import { quoted } from '../storage/column.js';
import type { Decision } from './policy.js';

interface OutboxRow {
  event_id: string;
  policy: string;
  event: Decision;
}

const asNewEvent = (service: string, { event_id, policy, event }: OutboxRow): NewEvent => ({
  eventId: event_id,
  type: event.type,
  dataVersion: catalogue[event.type].version,
  time: event.time,
  source: `/perennial/${service}/${policy}`,
  id: event_id,
  subject: event.subject,
  data: JSON.stringify(event.data),
});

/**
 * Moves decisions from the outbox into the journal. A crash between the two commits only means that they
 * are appended again: the journal knows their ids. Answers how many there were.
 */
export async function flushOutbox(pool: pg.Pool, service: string, journal: Journal): Promise<number> {
  const outbox = `${quoted(`${service}_tables`)}.outbox`;
  let flushed = 0;
  for (;;) {
    const { rows } = await pool.query<OutboxRow>(
      `select event_id, policy, event from ${outbox} order by decided_at, event_id limit 1000`,
    );
    if (rows.length === 0) return flushed;
    const appends = rows.map((row): Append => ({
      streamId: row.event.streamId,
      expectedVersion: 'any',
      events: [asNewEvent(service, row)],
    }));
    const results = await journal.appendMany(appends);
    appends.forEach((append, index) => appended(append, results[index]));
    await pool.query(`delete from ${outbox} where event_id = any($1)`, [
      rows.map(({ event_id }) => event_id),
    ]);
    flushed += rows.length;
  }
}
