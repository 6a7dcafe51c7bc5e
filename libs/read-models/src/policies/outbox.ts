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
 * are appended again: the journal knows their ids. One that is larger than the journal takes stays, with the reason, and
 * keeps no other waiting. Answers how many there were.
 */
export async function flushOutbox(pool: pg.Pool, service: string, journal: Journal): Promise<number> {
  const outbox = outboxOf(service);
  let flushed = 0;
  for (;;) {
    const { rows } = await pool.query<OutboxRow>(
      `select event_id, policy, event from ${outbox} where refused is null order by decided_at, event_id limit 1000`,
    );
    if (rows.length === 0) return flushed;
    const appends = rows.map((row): Append => ({
      streamId: row.event.streamId,
      expectedVersion: 'any',
      events: [asNewEvent(service, row)],
    }));
    const results = await journal.appendMany(appends);
    const tooLarge = new Set<string>();
    rows.forEach(({ event_id: eventId }, index) => {
      if (results[index]?.status === 'too-large') tooLarge.add(eventId);
      else appended(appends[index]!, results[index]);
    });
    const done = rows.map(({ event_id: eventId }) => eventId).filter((eventId) => !tooLarge.has(eventId));
    if (tooLarge.size > 0)
      await pool.query(`update ${outbox} set refused = 'too-large' where event_id = any($1)`, [
        [...tooLarge],
      ]);
    await pool.query(`delete from ${outbox} where event_id = any($1)`, [done]);
    flushed += done.length;
  }
}

/** How many decisions the journal has refused. */
export async function refusedDecisions(pool: pg.Pool, service: string): Promise<number> {
  const { rows } = await pool.query<{ refused: number }>(
    `select count(*)::integer as refused from ${outboxOf(service)} where refused is not null`,
  );
  return rows[0]?.refused ?? 0;
}

/** Has those that were refused tried again, e.g. because the journal takes more by now. */
export async function retryRefused(pool: pg.Pool, service: string): Promise<void> {
  await pool.query(`update ${outboxOf(service)} set refused = null where refused is not null`);
}

const outboxOf = (service: string): string => `${quoted(`${service}_tables`)}.outbox`;
