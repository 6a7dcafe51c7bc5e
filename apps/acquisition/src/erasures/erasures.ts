import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { catalogue } from '@perennial/events';
import type { NewEvent } from '@perennial/journal';
import { eventIdOf } from '@perennial/privacy';
import { currentCustomer, forgottenColumns, PLATFORM, Schedule, type Platform } from '@perennial/read-models';
import { Refused } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { OPERATOR_SOURCE } from '../identification/operator.commands.js';
import { profiles } from '../profiles/profile.facts.js';
import type { ErasedIdentifier, ErasureCertificate } from './erasures.answers.js';
import { placesOf } from './places.js';

/** An event must not be larger than what the journal and Kafka take. */
const SUBJECTS_AN_EVENT = 1_000;
const AGAIN_AT_ONCE = 10_000;
/** In milliseconds. */
const AGAIN_EVERY = 3_600_000;

const anyOpened = forgottenColumns(profiles.table)
  .map(({ name }) => `${name} is not null`)
  .join(' or ');

/**
 * Erases persons. The decision is an event: whoever applies it, now or in a replay, destroys the keys and forgets what was
 * opened with them.
 */
@Injectable()
export class Erasures implements OnApplicationBootstrap {
  constructor(
    @InjectDataSource('acquisition') private readonly acquisition: DataSource,
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly schedule: Schedule,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule.add('erasures', AGAIN_EVERY, () => this.eraseAgain());
  }

  /** When a backup of the vault was restored, the keys that were destroyed since are there again. */
  async eraseAgain(): Promise<void> {
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const rows = await this.acquisition.query<{ subject_id: string }[]>(
        'select subject_id from erasure where subject_id > $1 order by subject_id limit $2',
        [after, AGAIN_AT_ONCE],
      );
      if (rows.length === 0) return;
      const subjectIds = rows.map(({ subject_id }) => subject_id);
      await this.platform.vault.erase(subjectIds);
      after = subjectIds.at(-1)!;
    }
  }

  /** Decides that a customer is erased, under all its identifiers; answers the ids of the events that say it. */
  async erase(id: string, { key, reason }: { key: string; reason?: string }): Promise<string[]> {
    const customerId = await currentCustomer(this.acquisition, id);
    const subjects = await this.acquisition.query<{ subjectId: string; erased: boolean }[]>(
      `select subject_id as "subjectId", exists (select from erasure e where e.subject_id = s.subject_id) as erased
         from subject s where customer_id = $1 order by first_seen_at, subject_id`,
      [customerId],
    );
    if (subjects.every(({ erased }) => erased)) return [];
    const events: NewEvent[] = [];
    for (let from = 0; from < subjects.length; from += SUBJECTS_AN_EVENT) {
      const subjectIds = subjects.slice(from, from + SUBJECTS_AN_EVENT).map(({ subjectId }) => subjectId);
      events.push(erasureEvent(customerId, subjectIds, { id: `${key}:erase:${from}`, reason }));
    }
    await this.platform.journal.append(customerId, 'any', events);
    return events.map(({ eventId }) => eventId);
  }

  /** What is left of a person where. Throws Refused (`not-erased`, 404) for one that nobody has erased. */
  async certificate(id: string): Promise<ErasureCertificate> {
    const customerId = await currentCustomer(this.acquisition, id);
    const identifiers = await this.acquisition.query<Pick<ErasedIdentifier, 'subjectId' | 'decidedAt'>[]>(
      `select subject_id as "subjectId", decided_at as "decidedAt"
         from subject left join erasure using (subject_id)
        where subject.customer_id = $1 order by decided_at, subject_id`,
      [customerId],
    );
    const subjectIds = identifiers.flatMap(({ subjectId, decidedAt }) => (decidedAt ? [subjectId] : []));
    if (subjectIds.length === 0)
      throw new Refused('not-erased', 'This customer was not erased, or that is not applied yet.', 'missing');
    const destroyed = await this.platform.vault.erased(subjectIds);
    const [left] = await this.acquisition.query<{ profiles: number }[]>(
      `select count(*)::integer as profiles from profile where subject_id = any($1::uuid[]) and (${anyOpened})`,
      [subjectIds],
    );
    const places = placesOf({
      keysAreDestroyed: destroyed.size === subjectIds.length,
      profilesAreEmpty: left?.profiles === 0,
      hasKafka: this.platform.kafka !== undefined,
    });
    return {
      customerId,
      complete: subjectIds.length === identifiers.length && places.every(({ state }) => state !== 'pending'),
      identifiers: identifiers.map((identifier) => ({
        ...identifier,
        keyDestroyedAt: destroyed.get(identifier.subjectId) ?? null,
      })),
      places,
    };
  }
}

const erasureEvent = (
  customerId: string,
  subjectIds: string[],
  { id, reason }: { id: string; reason?: string },
): NewEvent => ({
  eventId: eventIdOf(OPERATOR_SOURCE, id, customerId),
  type: 'customer.erased',
  dataVersion: catalogue['customer.erased'].version,
  time: new Date().toISOString(),
  source: OPERATOR_SOURCE,
  id,
  subject: `customer:${customerId}`,
  data: JSON.stringify({ customerId, subjectIds, ...(reason !== undefined && { reason }) }),
});
