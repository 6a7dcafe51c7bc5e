import { Body, Controller, Headers, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Journal } from '@perennial/journal';
import { currentCustomer, JOURNAL } from '@perennial/read-models';
import { Allow, Answers, Field, Refused } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { IdempotencyKey, keyOfCommand, Stated } from './operator.commands.js';
import { appendStatement, firstEventUnder } from './statements.js';

class MergeCustomers {
  @Field.uuid({ description: 'The other customer: its id, or that of any of its identifiers.' })
  other!: string;

  @Field.text({ description: 'Why; no personal data.', maxLength: 200, optional: true })
  reason?: string;
}

class SplitCustomer {
  @Field.uuid({
    description: 'Id of the identifier that belongs to somebody else. All its links are taken back.',
  })
  subjectId!: string;

  @Field.text({ description: 'Why; no personal data.', maxLength: 200, optional: true })
  reason?: string;
}

interface Identifier {
  subjectId: string;
  namespace: string;
}

/** What operators know of identities. They state links; identification decides what follows from all of them. */
@Controller('api/acquisition/customers')
@Allow('operator')
export class IdentificationController {
  constructor(
    @InjectDataSource('acquisition') private readonly acquisition: DataSource,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /** Two customers are one. */
  @Post(':id/merge')
  @IdempotencyKey()
  @Answers(Stated, { status: 202 })
  async merge(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { other, reason }: MergeCustomers,
    @Headers('idempotency-key') givenKey: string | undefined,
  ): Promise<Stated> {
    const key = keyOfCommand(givenKey);
    const customerId = await currentCustomer(this.acquisition, id);
    const otherId = await currentCustomer(this.acquisition, other);
    if (customerId === otherId) return { eventIds: [] };
    const of = await this.identifiersOf(customerId);
    const [first] = await this.identifiersOf(otherId);
    const statement = {
      type: 'identity.linked' as const,
      of: of.map(({ subjectId }) => subjectId),
      reason,
      key,
    };
    return {
      eventIds: [
        await appendStatement(this.journal, { ...statement, other: first as Identifier, at: new Date() }),
      ],
    };
  }

  /** An identifier does not belong to the customer. */
  @Post(':id/split')
  @IdempotencyKey()
  @Answers(Stated, { status: 202 })
  async split(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { subjectId, reason }: SplitCustomer,
    @Headers('idempotency-key') givenKey: string | undefined,
  ): Promise<Stated> {
    const key = keyOfCommand(givenKey);
    const customerId = await currentCustomer(this.acquisition, id);
    const [own] = await this.acquisition.query<Identifier[]>(
      `select subject_id as "subjectId", namespace from subject where subject_id = $1`,
      [subjectId],
    );
    if (!own) throw new Refused('unknown-subject', 'No identifier has this id.', 'missing');
    const linked = await this.linkedWith(subjectId);
    if (linked.length > 0 && (await currentCustomer(this.acquisition, subjectId)) !== customerId)
      throw new Refused('another-customer', 'The identifier belongs to another customer.');
    const eventIds: string[] = [];
    for (const other of linked)
      eventIds.push(await this.unlink(own, other, { reason, key: `${key}:${subjectId}`, at: new Date() }));
    return { eventIds };
  }

  /** Stated under the one of the two that has events: a link made one of them known. */
  private async unlink(
    own: Identifier,
    other: Identifier,
    said: { reason?: string; key: string; at: Date },
  ): Promise<string> {
    const [under, of] = (await firstEventUnder(this.journal, own.subjectId)) ? [own, other] : [other, own];
    return appendStatement(this.journal, {
      type: 'identity.unlinked',
      of: [under.subjectId],
      other: of,
      ...said,
    });
  }

  /** Those that were seen first come first, so that a command sent again finds the same. */
  private identifiersOf(customerId: string): Promise<Identifier[]> {
    return this.acquisition.query<Identifier[]>(
      `select subject_id as "subjectId", namespace from subject
        where customer_id = $1 order by first_seen_at, subject_id limit 1000`,
      [customerId],
    );
  }

  private linkedWith(subjectId: string): Promise<Identifier[]> {
    return this.acquisition.query<Identifier[]>(
      `select subject_id as "subjectId", namespace
         from (select subject_b as subject_id from link where subject_a = $1 and linked
               union all
               select subject_a from link where subject_b = $1 and linked) other
         join subject using (subject_id) order by subject_id`,
      [subjectId],
    );
  }
}
