import type { Span } from '@perennial/journal';
import type pg from 'pg';
import { quoted } from '../storage/column.js';

export interface Claim {
  position: number;
  epoch: number;
  lastEventId: string | null;
}

/** One shard's step: from the position that we last committed to the position of the batch's last event. */
export interface Move {
  shard: number;
  epoch: number;
  from: number;
  to: number;
  lastEventId: string;
}

/** The steps of a batch: each shard's spans follow one another, perhaps on one that is still being written. */
export function movesOf(spans: readonly Span[], claims: ReadonlyMap<number, Pick<Claim, 'epoch'>>): Move[] {
  const moves = new Map<number, Move>();
  for (const { shard, after, position, lastEventId } of spans)
    moves.set(shard, {
      shard,
      epoch: claims.get(shard)?.epoch ?? 0,
      from: moves.get(shard)?.from ?? after,
      to: position,
      lastEventId,
    });
  return [...moves.values()].sort((a, b) => a.shard - b.shard);
}

/** Another owner has claimed shards of ours; what we were about to write must not be written. */
export class FenceLost extends Error {
  constructor(readonly shards: number[]) {
    super(`Shards ${shards.join(', ')} belong to another owner now.`);
  }
}

const cursorTable = (service: string) => `${quoted(`${service}_tables`)}.cursor`;

/** Takes shards over: whoever held them before can't commit any more. Answers where to go on. */
export async function claim(
  pool: pg.Pool,
  service: string,
  consumer: string,
  shards: readonly number[],
): Promise<Map<number, Claim>> {
  const { rows } = await pool.query<{
    shard: number;
    position: string;
    epoch: string;
    last_event_id: string | null;
  }>(
    `with mine as (
       select consumer, shard from ${cursorTable(service)} where consumer = $1 and shard = any($2) order by shard for update
     )
     update ${cursorTable(service)} c set epoch = epoch + 1 from mine
      where c.consumer = mine.consumer and c.shard = mine.shard
     returning c.shard, c.position, c.epoch, c.last_event_id`,
    [consumer, shards],
  );
  return new Map(
    rows.map((row) => [
      row.shard,
      { position: Number(row.position), epoch: Number(row.epoch), lastEventId: row.last_event_id },
    ]),
  );
}

/**
 * The fence: the first statement of every batch's transaction. Moves the cursors of all shards of the
 * batch, and finds fewer rows than asked for if a shard has another owner or another position.
 */
export async function advance(
  client: pg.ClientBase,
  service: string,
  consumer: string,
  moves: readonly Move[],
): Promise<void> {
  const { rows } = await client.query<{ shard: number }>({
    name: `advance ${service}`,
    text: `with wanted as materialized (
       select c.consumer, c.shard, m.epoch, m.old, m.new, m.event_id
         from unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[]) as m(shard, epoch, old, new, event_id)
         join ${cursorTable(service)} c on c.consumer = $1 and c.shard = m.shard
        order by c.shard for update of c
     )
     update ${cursorTable(service)} c set position = w.new, last_event_id = w.event_id from wanted w
      where c.consumer = w.consumer and c.shard = w.shard and c.epoch = w.epoch and c.position = w.old
     returning c.shard`,
    values: [
      consumer,
      moves.map(({ shard }) => shard),
      moves.map(({ epoch }) => epoch),
      moves.map(({ from }) => from),
      moves.map(({ to }) => to),
      moves.map(({ lastEventId }) => lastEventId),
    ],
  });
  if (rows.length < moves.length) {
    const moved = new Set(rows.map(({ shard }) => shard));
    throw new FenceLost(moves.map(({ shard }) => shard).filter((shard) => !moved.has(shard)));
  }
}
