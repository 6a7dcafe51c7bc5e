import { Inject, Injectable } from '@nestjs/common';
import type { Vault } from '@perennial/privacy';
import { DATABASE, VAULT } from '@perennial/read-models';
import type pg from 'pg';
import type { Origin, Reason } from '../intake/arrival.js';
import { BodySeal } from './body-seal.js';

export const statuses = ['open', 'retried', 'dismissed'] as const;
export type Status = (typeof statuses)[number];

/** Something that could not be accepted. */
export interface NewRejected {
  origin: Origin;
  source: string | null;
  /** Where it stands at its origin, e.g. `line 1234`. */
  reference: string | null;
  reason: Reason;
  /** `namespace:value`, if it can be read. */
  subject?: string;
  /** What was sent; null if it is not kept. */
  body: Buffer | null;
  receivedAt: Date;
}

/** A rejected event without its body. */
export interface Rejected {
  id: string;
  origin: Origin;
  source: string | null;
  reference: string | null;
  code: string;
  message: string;
  path: string;
  count: number;
  firstReceivedAt: Date;
  lastReceivedAt: Date;
  status: Status;
  settledAt: Date | null;
  settledBy: string | null;
  retriedEventId: string | null;
  corrected: boolean;
  dismissedReason: string | null;
  /** Sequence of arrival. */
  number: string;
}

export interface RejectedWithBody extends Rejected {
  /** Null: not kept, or its subject was erased. */
  body: Buffer | null;
}

export interface RejectedFilter {
  status?: Status;
  code?: string;
  origin?: Origin;
  source?: string;
}

/** How a retry or a dismissal ended. */
export type Settlement = { id: string; by: string } & (
  { status: 'retried'; eventId: string | null; corrected: boolean } | { status: 'dismissed'; reason: string }
);

const COLUMNS = `number, id, origin, source, reference, code, message, path, count::integer,
  first_received_at as "firstReceivedAt", last_received_at as "lastReceivedAt", status, settled_at as "settledAt",
  settled_by as "settledBy", retried_event_id as "retriedEventId", corrected, dismissed_reason as "dismissedReason"`;

/** The reason of an open one is the latest; one that was settled stays as it was settled. */
const FILE = `
insert into collector.rejected as r
       (fingerprint, origin, source, reference, code, message, path, subject_id, body, count, first_received_at, last_received_at)
select fingerprint, origin, source, reference, code, message, path, subject_id, body, count, received_at, received_at
  from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::bytea[], $10::bigint[], $11::timestamptz[])
    as new(fingerprint, origin, source, reference, code, message, path, subject_id, body, count, received_at)
 order by fingerprint
on conflict (fingerprint) do update
   set count = r.count + excluded.count,
       last_received_at = greatest(r.last_received_at, excluded.last_received_at),
       code = case r.status when 'open' then excluded.code else r.code end,
       message = case r.status when 'open' then excluded.message else r.message end,
       path = case r.status when 'open' then excluded.path else r.path end
returning id, fingerprint`;

const MATCHING = `where ($1::text is null or status = $1) and ($2::text is null or code = $2)
  and ($3::text is null or origin = $3) and ($4::text is null or source = $4)`;

const valuesOf = ({ status, code, origin, source }: RejectedFilter) => [
  status ?? null,
  code ?? null,
  origin ?? null,
  source ?? null,
];

type SealedRow = Rejected & { subject_id: string | null; body: Buffer | null; fingerprint: Buffer };

/** What could not be accepted: kept with its reason until it is retried or dismissed. */
@Injectable()
export class RejectedEvents {
  private readonly seal: BodySeal;

  constructor(
    @Inject(DATABASE) private readonly pool: pg.Pool,
    @Inject(VAULT) vault: Vault,
  ) {
    this.seal = new BodySeal(vault);
  }

  /** Keeps them; the same thing sent again is one row with a count. Answers their ids, in the order given. */
  async file(items: readonly NewRejected[]): Promise<string[]> {
    const fingerprints = await this.seal.fingerprints(
      items.map(({ origin, source, reference, reason, body }) => [
        origin,
        source ?? '',
        reference ?? '',
        body ?? reason.code,
      ]),
    );
    const once = new Map<string, { item: NewRejected; fingerprint: Buffer; count: number }>();
    items.forEach((item, index) => {
      const fingerprint = fingerprints[index]!;
      const same = once.get(fingerprint.toString('hex'));
      if (same) same.count++;
      else once.set(fingerprint.toString('hex'), { item, fingerprint, count: 1 });
    });
    const rows = [...once.values()];
    const sealed = await this.seal.seal(rows.map(({ item, fingerprint }) => ({ ...item, fingerprint })));
    const column = <Value>(value: (row: (typeof rows)[number], index: number) => Value) => rows.map(value);
    const answer = await this.pool.query<{ id: string; fingerprint: Buffer }>(FILE, [
      column(({ fingerprint }) => fingerprint),
      column(({ item }) => item.origin),
      column(({ item }) => item.source),
      column(({ item }) => item.reference),
      column(({ item }) => item.reason.code),
      column(({ item }) => item.reason.message),
      column(({ item }) => item.reason.path),
      column((_, index) => sealed[index]!.subjectId),
      column((_, index) => sealed[index]!.sealed),
      column(({ count }) => count),
      column(({ item }) => item.receivedAt),
    ]);
    const ids = new Map(answer.rows.map(({ id, fingerprint }) => [fingerprint.toString('hex'), id]));
    return fingerprints.map((fingerprint) => ids.get(fingerprint.toString('hex'))!);
  }

  /** The latest first; `before` is the number of the last one that was read. */
  async list(filter: RejectedFilter, before: string | undefined, limit: number): Promise<Rejected[]> {
    const { rows } = await this.pool.query<Rejected>(
      `select ${COLUMNS} from collector.rejected ${MATCHING}
        and ($5::bigint is null or number < $5) order by number desc limit $6`,
      [...valuesOf(filter), before ?? null, limit],
    );
    return rows;
  }

  /** The oldest first, with their bodies; `after` is the number of the last one that was read. */
  async read(filter: RejectedFilter, after: string, limit: number): Promise<RejectedWithBody[]> {
    return this.opened(`${MATCHING} and number > $5 order by number limit $6`, [
      ...valuesOf(filter),
      after,
      limit,
    ]);
  }

  async find(id: string): Promise<RejectedWithBody | undefined> {
    return (await this.opened('where id = $1', [id]))[0];
  }

  /** How many wait for a correction, a retry or a dismissal. */
  async countOpen(): Promise<number> {
    const { rows } = await this.pool.query<{ open: number }>(
      `select count(*)::integer as open from collector.rejected where status = 'open'`,
    );
    return rows[0]?.open ?? 0;
  }

  /** Ends what is open. */
  async settle(settlements: readonly Settlement[]): Promise<void> {
    await this.pool.query(
      `update collector.rejected r
          set status = s.status, settled_at = now(), settled_by = s.by, retried_event_id = s.event_id,
              corrected = s.corrected, dismissed_reason = s.reason
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::boolean[], $6::text[])
           as s(id, status, by, event_id, corrected, reason)
        where r.id = s.id and r.status = 'open'`,
      [
        settlements.map(({ id }) => id),
        settlements.map(({ status }) => status),
        settlements.map(({ by }) => by),
        settlements.map((one) => (one.status === 'retried' ? one.eventId : null)),
        settlements.map((one) => one.status === 'retried' && one.corrected),
        settlements.map((one) => (one.status === 'dismissed' ? one.reason : null)),
      ],
    );
  }

  /** Notes why retries failed. */
  async refuse(refusals: readonly { id: string; reason: Reason }[]): Promise<void> {
    await this.pool.query(
      `update collector.rejected r set code = n.code, message = n.message, path = n.path
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as n(id, code, message, path)
        where r.id = n.id and r.status = 'open'`,
      [
        refusals.map(({ id }) => id),
        refusals.map(({ reason }) => reason.code),
        refusals.map(({ reason }) => reason.message),
        refusals.map(({ reason }) => reason.path),
      ],
    );
  }

  private async opened(condition: string, values: unknown[]): Promise<RejectedWithBody[]> {
    const { rows } = await this.pool.query<SealedRow>(
      `select ${COLUMNS}, subject_id, body, fingerprint from collector.rejected ${condition}`,
      values,
    );
    const bodies = await this.seal.open(
      rows.map(({ subject_id, body, fingerprint }) => ({
        subjectId: subject_id,
        sealed: body,
        fingerprint,
      })),
    );
    return rows.map(({ subject_id: _, fingerprint: __, ...row }, index) => ({
      ...row,
      body: bodies[index] ?? null,
    }));
  }
}
