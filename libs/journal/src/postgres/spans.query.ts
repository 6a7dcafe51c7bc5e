import type pg from 'pg';
import type { ShardRange, Span } from '../journal.port.js';
import { spanFrom } from '../span.js';
import { EVENT_COLUMNS, eventOfRow, eventTypes, type EventRow } from './event.row.js';

/** Where events are left out, a read passes over so many positions for each event that it may answer. */
const POSITIONS_AN_EVENT = 10;

/**
 * Positions have no gaps, so the heads alone tell how far each span goes, before anything is read. Its first and its
 * last event are read whatever their type: they say what the span follows, and what follows it. The inner limit
 * changes nothing but keeps the planner from joining otherwise than shard by shard, in their order.
 */
const READ_SPANS = `
with wanted as materialized (
  select asked.shard, asked.position, least(head.position, asked.up_to) - asked.position as behind
    from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as asked(shard, position, up_to)
   cross join lateral (
     select position from journal.event where shard = asked.shard order by position desc limit 1) head
   where least(head.position, asked.up_to) > asked.position
), reached as (
  select shard, position, behind,
         coalesce(sum(behind) over (order by behind, shard rows between unbounded preceding and 1 preceding), 0)::bigint as before
    from wanted
), span as materialized (
  select shard, position as after, position + least(behind, $4::bigint - before) as until
    from reached where before < $4::bigint order by behind, shard
)
select ${EVENT_COLUMNS.replaceAll(/\w+/g, (column) => `e.${column}`)} from span
 cross join lateral (
   select * from journal.event
    where shard = span.shard and position > span.after and position <= span.until
      and (type <> all($6::text[]) or position = span.after + 1 or position = span.until)
    order by position limit span.until - span.after) e
 limit $5`;

const nothing: ReadonlySet<string> = new Set();

/** See `Journal.readShards`. */
export async function readSpans(
  pool: pg.Pool,
  ranges: readonly ShardRange[],
  limit: number,
  without = nothing,
): Promise<Span[]> {
  if (ranges.length === 0) return [];
  const { rows } = await pool.query<EventRow>({
    name: 'journal.spans',
    text: READ_SPANS,
    values: [
      ranges.map(({ shard }) => shard),
      ranges.map(({ after }) => after),
      ranges.map(({ upTo }) => upTo ?? Number.MAX_SAFE_INTEGER),
      without.size > 0 ? limit * POSITIONS_AN_EVENT : limit,
      limit,
      [...without],
    ],
    rowMode: 'array',
    types: eventTypes,
  });
  const spans: Span[] = [];
  let span: Span | undefined;
  for (const row of rows) {
    const event = eventOfRow(row);
    if (span?.shard !== event.shard) spans.push((span = spanFrom(event)));
    span.position = event.position;
    span.lastEventId = event.eventId;
    if (!without.has(event.type)) span.events.push(event);
  }
  return spans;
}
