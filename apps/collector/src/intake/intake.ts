import { Inject, Injectable } from '@nestjs/common';
import { isDecision, readEvent, type ReadEvent } from '@perennial/events';
import type { Append, Appended, AppendResult, Journal } from '@perennial/journal';
import { sealEvents, type SealedEvent, type Vault } from '@perennial/privacy';
import { JOURNAL, VAULT } from '@perennial/read-models';
import { RejectedEvents } from '../rejected/rejected-events.store.js';
import { rejectedArrival } from '../rejected/rejected-arrival.js';
import { KnownSources } from '../sources/known-sources.js';
import type { Arrival, Delivery, Outcome, Reason } from './arrival.js';
import { shownId } from './arrival-names.js';
import { IntakeMetrics } from './intake.metrics.js';
import { temporarilyAway } from './temporarily-away.js';

/** What became of a delivery, arrival by arrival. */
export interface Admission {
  accepted: number;
  duplicates: number;
  /** Why an arrival was refused, by its index. */
  reasons: Map<number, Reason>;
  /** The first event in the journal of each arrival that has one, by its index. */
  eventIds: Map<number, string>;
}

interface Claimed {
  events: ReadEvent[];
  /** Index of the arrival that brought each event. */
  owners: number[];
  reasons: Map<number, Reason>;
}

/** Takes in what was sent: events into the journal, the rest to the rejected events. */
@Injectable()
export class Intake {
  constructor(
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(VAULT) private readonly vault: Vault,
    private readonly rejected: RejectedEvents,
    private readonly metrics: IntakeMetrics,
    private readonly sources: KnownSources,
  ) {}

  /**
   * Resolves when everything is committed, the refused arrivals among the rejected events. Throws a problem (503) when
   * that can't be done now; then the same can be sent again.
   */
  async take(delivery: Delivery): Promise<Outcome> {
    const { accepted, duplicates, reasons } = await this.admit(delivery);
    await this.file(delivery, reasons);
    const rejected = [...reasons].map(([index, { code, message }]) => ({
      index,
      id: shownId(delivery.arrivals[index]),
      code,
      message,
    }));
    return { accepted, duplicates, rejected };
  }

  /** Appends what can be accepted and says why the rest can't; the rest is not kept. */
  async admit({ origin, publisher, arrivals, receivedAt }: Delivery): Promise<Admission> {
    const { events, owners, reasons } = claimed(arrivals, receivedAt);
    try {
      const sealed = await sealEvents(this.vault, events);
      await this.sources.note(events.map(({ source }) => source));
      const results = await this.append(sealed);
      const admission: Admission = { accepted: 0, duplicates: 0, reasons, eventIds: new Map() };
      sealed.forEach(({ event }, i) => note(admission, owners[i]!, event.eventId, results[i]!));
      this.count(origin, publisher ?? '', sealed, results);
      return admission;
    } catch (error) {
      throw temporarilyAway(error) ?? error;
    }
  }

  /** Keeps the refused arrivals of a delivery. */
  private async file(delivery: Delivery, reasons: ReadonlyMap<number, Reason>): Promise<void> {
    if (reasons.size === 0) return;
    try {
      await this.rejected.file(
        [...reasons].map(([index, reason]) => rejectedArrival(delivery, index, reason)),
      );
    } catch (error) {
      throw temporarilyAway(error) ?? error;
    }
    const { origin, publisher = '' } = delivery;
    for (const { code } of reasons.values()) this.metrics.refused(origin, publisher, code);
  }

  /** Each event answers for itself. */
  private async append(sealed: readonly SealedEvent[]): Promise<AppendResult[]> {
    if (sealed.length === 0) return [];
    const appends = sealed.map(({ streamId, event }): Append => ({
      streamId,
      expectedVersion: 'any',
      events: [event],
    }));
    return this.metrics.appending(sealed.length, () => this.journal.appendMany(appends));
  }

  private count(
    origin: Delivery['origin'],
    publisher: string,
    sealed: readonly SealedEvent[],
    results: readonly AppendResult[],
  ) {
    const counts = { accepted: new Map<string, number>(), duplicate: new Map<string, number>() };
    sealed.forEach(({ event: { type } }, i) => {
      const result = results[i]!;
      if (result.status !== 'appended') return;
      const types = counts[isDuplicate(result) ? 'duplicate' : 'accepted'];
      types.set(type, (types.get(type) ?? 0) + 1);
    });
    for (const outcome of ['accepted', 'duplicate'] as const)
      for (const [type, count] of counts[outcome])
        this.metrics.recorded(outcome, origin, publisher, type, count);
  }
}

const isDuplicate = ({ duplicates }: Appended): boolean => duplicates.length > 0;

/** What the append of one event came to, for the arrival that brought it. */
function note(admission: Admission, owner: number, eventId: string, result: AppendResult): void {
  const { reasons, eventIds } = admission;
  if (result.status === 'conflict') throw new Error('An append to any version met a conflict.');
  if (result.status === 'too-large') {
    if (!reasons.has(owner)) reasons.set(owner, tooLarge(result.limit));
    return;
  }
  admission[isDuplicate(result) ? 'duplicates' : 'accepted']++;
  if (!eventIds.has(owner)) eventIds.set(owner, eventId);
}

function claimed(arrivals: readonly Arrival[], now: Date): Claimed {
  const events: ReadEvent[] = [];
  const owners: number[] = [];
  const reasons = new Map<number, Reason>();
  arrivals.forEach(({ claims, refusal }, index) => {
    if (refusal) reasons.set(index, refusal);
    for (const claim of claims) {
      const { event, rejection } = readEvent(claim, now);
      const reason = rejection ?? (isDecision(event.type) ? reserved(event.type) : undefined);
      if (reason) {
        // The first reason is the one to mend first.
        if (!reasons.has(index)) reasons.set(index, reason);
      } else if (event) {
        events.push(event);
        owners.push(index);
      }
    }
  });
  return { events, owners, reasons };
}

const reserved = (type: string): Reason => ({
  code: 'reserved-type',
  path: 'type',
  message: `${type} is a decision of this system; publishers can't send it`,
});

const tooLarge = (limit: number): Reason => ({
  code: 'too-large',
  path: '',
  message: `the journal takes at most ${limit} bytes of an event, personal data sealed; send less, or have the operator allow more and retry it`,
});
