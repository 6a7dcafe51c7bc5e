import type pg from 'pg';
import { isFaulty, type ShardFault } from '../shard.fault.js';

const SQL = `
select count(*) as events, coalesce(max(position), 0) as position,
       count(*) filter (where previous_id is distinct from before) as links,
       (select count(*) from (
          select from journal.event where shard = $1 group by stream_id having count(*) <> max(version)) s) as streams
  from (select position, previous_id, lag(event_id) over (order by position) as before
          from journal.event where shard = $1) e`;

/** Reads the whole journal, a shard at a time. */
export async function findShardFaults(pool: pg.Pool, shards: number): Promise<ShardFault[]> {
  const faults: ShardFault[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const { rows } = await pool.query<Record<'events' | 'position' | 'links' | 'streams', string>>(SQL, [
      shard,
    ]);
    const [row] = rows;
    if (!row) continue;
    const fault = {
      shard,
      events: Number(row.events),
      position: Number(row.position),
      brokenLinks: Number(row.links),
      brokenStreams: Number(row.streams),
    };
    if (isFaulty(fault)) faults.push(fault);
  }
  return faults;
}
