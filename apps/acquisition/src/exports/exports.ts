import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { isEventName } from '@perennial/events';
import type { Journal, RecordedEvent } from '@perennial/journal';
import { openEvents, type Vault } from '@perennial/privacy';
import { currentCustomer, JOURNAL, VAULT } from '@perennial/read-models';
import type { DataSource } from 'typeorm';
import type { ExportedEvent } from './exports.answers.js';

/** Of the last event that was given. */
export interface Place {
  subjectId: string;
  version: number;
}

/** Everything that the journal holds about a customer, in the clear: for the customer, who has a right to it. */
@Injectable()
export class Exports {
  constructor(
    @InjectDataSource('acquisition') private readonly acquisition: DataSource,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Identifier by identifier, each one's in the sequence in which they were recorded. Throws Refused (404) for nobody. */
  async events(id: string, after: Place | undefined, limit: number): Promise<ExportedEvent[]> {
    const identifiers = await this.identifiersOf(await currentCustomer(this.acquisition, id));
    const events: RecordedEvent[] = [];
    for (const subjectId of identifiers) {
      if (after && subjectId < after.subjectId) continue;
      const version = after?.subjectId === subjectId ? after.version : 0;
      events.push(...(await this.journal.readStream(subjectId, version, limit - events.length)));
      if (events.length >= limit) break;
    }
    return this.opened(events);
  }

  private async identifiersOf(customerId: string): Promise<string[]> {
    const rows = await this.acquisition.query<{ subject_id: string }[]>(
      'select subject_id from subject where customer_id = $1 order by subject_id',
      [customerId],
    );
    return rows.map(({ subject_id }) => subject_id);
  }

  private async opened(events: readonly RecordedEvent[]): Promise<ExportedEvent[]> {
    const known = events.filter(({ type }) => isEventName(type));
    const readable = await openEvents(this.vault, known);
    const inTheClear = new Map(known.map(({ eventId }, index) => [eventId, readable[index]!]));
    return events.map((event) => {
      const { eventId, streamId, version, type, dataVersion, time, recordedAt, source, id } = event;
      // Of a type that this build does not know, nobody can say what is personal: it is given as it is kept.
      const { subject, data } = inTheClear.get(eventId) ?? {
        subject: event.subject,
        data: JSON.parse(event.data) as Record<string, unknown>,
      };
      return { subjectId: streamId, subject, version, type, dataVersion, time, recordedAt, source, id, data };
    });
  }
}
