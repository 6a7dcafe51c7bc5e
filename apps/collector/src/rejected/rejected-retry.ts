import { Injectable } from '@nestjs/common';
import { arrivalOf } from '../door/cloud-events.reader.js';
import { jsonOf, textOf } from '../door/request-body.js';
import { Unreadable } from '../door/unreadable.js';
import type { Arrival, Delivery, Reason } from '../intake/arrival.js';
import { Intake, type Admission } from '../intake/intake.js';
import { SegmentCalls } from '../segment/segment-calls.js';
import {
  RejectedEvents,
  type RejectedFilter,
  type RejectedWithBody,
  type Settlement,
} from './rejected-events.store.js';

/** How a retry ended. */
export interface Retried {
  row: RejectedWithBody;
  /** The event in the journal; null if there was nothing in it, or it is refused again. */
  eventId: string | null;
  /** Why it is refused again. */
  reason: Reason | null;
}

/** Rejected events read and appended together. */
const BATCH = 200;

/** Sends rejected events through the door again, as they are or corrected. */
@Injectable()
export class RejectedRetry {
  constructor(
    private readonly rejected: RejectedEvents,
    private readonly intake: Intake,
    private readonly segment: SegmentCalls,
  ) {}

  /** `correction` takes the place of what was sent, in the same form; a refused correction changes nothing. */
  async retry(row: RejectedWithBody, by: string, correction?: unknown): Promise<Retried> {
    const corrected = correction !== undefined;
    const arrival = corrected ? this.read(row, correction) : this.sent(row);
    const [result] = await this.admit([{ row, arrival }]);
    if (!result) throw new Error('A retry has a result.');
    await this.settle([result], by, corrected);
    if (!corrected) await this.explain([result]);
    return result;
  }

  /** Retries all that match and are open, e.g. after an update that knows more types. Answers how many went how. */
  async retryAll(filter: RejectedFilter, by: string): Promise<{ retried: number; refused: number }> {
    const counts = { retried: 0, refused: 0 };
    let last = '0';
    for (;;) {
      const rows = await this.rejected.read({ ...filter, status: 'open' }, last, BATCH);
      if (rows.length === 0) return counts;
      last = rows.at(-1)!.number;
      const results = await this.admit(rows.map((row) => ({ row, arrival: this.sent(row) })));
      await this.settle(results, by, false);
      await this.explain(results);
      for (const { reason } of results) counts[reason ? 'refused' : 'retried']++;
    }
  }

  /** What was sent, read again. */
  private sent(row: RejectedWithBody): Arrival {
    if (!row.body) return refused({ code: 'no-body', path: '', message: 'its body is not there any more' });
    try {
      return this.read(row, jsonOf(textOf(row.body)));
    } catch (error) {
      if (error instanceof Unreadable) return refused({ code: error.code, path: '', message: error.message });
      throw error;
    }
  }

  private read(row: RejectedWithBody, json: unknown): Arrival {
    return row.origin === 'segment'
      ? this.segment.arrival(json, row.source?.replace(/^\/segment\//, ''), row.firstReceivedAt)
      : // What could not be read as one request may have been many events.
        manyOf(json);
  }

  /** Each origin by itself, as metrics count them. */
  private async admit(retries: readonly { row: RejectedWithBody; arrival: Arrival }[]): Promise<Retried[]> {
    const results: Retried[] = [];
    for (const [origin, group] of Map.groupBy(retries, ({ row }) => row.origin)) {
      const delivery: Delivery = {
        origin,
        arrivals: group.map(({ arrival }) => arrival),
        sentText: () => '',
        receivedAt: new Date(),
      };
      const admission = await this.intake.admit(delivery);
      results.push(...group.map(({ row }, index) => resultOf(row, index, admission)));
    }
    return results;
  }

  private async settle(results: readonly Retried[], by: string, corrected: boolean): Promise<void> {
    const settlements = results.flatMap(({ row: { id }, reason, eventId }): Settlement[] =>
      reason ? [] : [{ id, by, status: 'retried', eventId, corrected }],
    );
    if (settlements.length > 0) await this.rejected.settle(settlements);
  }

  /** Notes the reasons of now, except where the importer gave one: it knows better why a line is no event. */
  private async explain(results: readonly Retried[]): Promise<void> {
    const refusals = results.flatMap(({ row: { id, origin }, reason }) =>
      reason && origin !== 'import' ? [{ id, reason }] : [],
    );
    if (refusals.length > 0) await this.rejected.refuse(refusals);
  }
}

const refused = (refusal: Reason): Arrival => ({ claims: [], refusal });

function manyOf(json: unknown): Arrival {
  if (!Array.isArray(json)) return arrivalOf(json);
  const arrivals = json.map(arrivalOf);
  const refusal = arrivals.find((arrival) => arrival.refusal)?.refusal;
  return { claims: arrivals.flatMap(({ claims }) => claims), ...(refusal && { refusal }) };
}

function resultOf(row: RejectedWithBody, index: number, { reasons, eventIds }: Admission): Retried {
  const reason = reasons.get(index) ?? null;
  return {
    row,
    eventId: reason ? null : (eventIds.get(index) ?? null),
    reason,
  };
}
