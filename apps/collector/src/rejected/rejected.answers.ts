import { Field, PageOf, PageQuery } from '@perennial/service';
import { IsDefined, IsOptional } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { origins, type Origin } from '../intake/arrival.js';
import { statuses, type RejectedFilter, type Status } from './rejected-events.store.js';

/** Which rejected events; what is absent does not matter. */
export class RejectedSelection implements RejectedFilter {
  @Field.text({ description: 'Why they were rejected.', optional: true, maxLength: 100 })
  code?: string;

  @Field.oneOf({ description: 'By what way they came.', values: origins, optional: true })
  origin?: Origin;

  @Field.text({ description: 'Who sent them.', optional: true, maxLength: 500 })
  source?: string;
}

export class RejectedQuery extends PageQuery implements RejectedFilter {
  @Field.oneOf({ description: 'What became of them.', values: statuses, optional: true })
  status?: Status;

  @Field.text({ description: 'Why they were rejected.', optional: true, maxLength: 100 })
  code?: string;

  @Field.oneOf({ description: 'By what way they came.', values: origins, optional: true })
  origin?: Origin;

  @Field.text({ description: 'Who sent them.', optional: true, maxLength: 500 })
  source?: string;
}

/** Something that another part of the system, such as the importer, could not turn into an event. */
export class FileRejected {
  @Field.oneOf({ description: 'By what way it came.', values: origins })
  origin!: Origin;

  @Field.text({ description: 'Who sent it.', maxLength: 200, pattern: /^[^@\s]+$/ })
  source!: string;

  @Field.text({
    description: 'Where it stands at its origin.',
    maxLength: 200,
    pattern: /^[^@]+$/,
    example: 'line 1234',
  })
  reference!: string;

  @Field.text({
    description: 'Why, for programs.',
    pattern: /^[a-z][a-z0-9-]{0,60}$/,
    example: 'no-quantity',
  })
  code!: string;

  @Field.text({ description: 'Why, for people. Names fields, never values.', maxLength: 500 })
  message!: string;

  @ApiProperty({
    description: 'What it was: a line as text, its values by column, or the event made of it.',
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
  })
  @IsDefined()
  body!: string | object;
}

export class FiledAnswer {
  @Field.uuid({ description: 'Its id; that of the same thing, if it was kept before.' })
  id!: string;
}

export class Correction {
  @ApiPropertyOptional({
    description:
      'Takes the place of what was sent, in the same form: a CloudEvent, or a call of a Segment library. Absent: as it was sent.',
  })
  @IsOptional()
  event?: unknown;
}

export class Dismissal {
  @Field.text({ description: 'Why it is not to be retried.', maxLength: 500 })
  reason!: string;
}

export class RejectedAnswer {
  @Field.uuid({ description: 'Id of the rejected event.' })
  id!: string;

  @Field.oneOf({ description: 'By what way it came.', values: origins })
  origin!: Origin;

  @Field.text({ description: 'Who sent it, if that can be told.', nullable: true })
  source!: string | null;

  @Field.text({ description: 'Where it stands at its origin.', nullable: true })
  reference!: string | null;

  @Field.text({ description: 'Why, for programs.' })
  code!: string;

  @Field.text({ description: 'Why, for people.' })
  message!: string;

  @Field.text({ description: 'Where in the event.', minLength: 0 })
  path!: string;

  @Field.integer({ description: 'How often it came.' })
  count!: number;

  @Field.time({ description: 'When it came first.' })
  firstReceivedAt!: Date;

  @Field.time({ description: 'When it came last.' })
  lastReceivedAt!: Date;

  @Field.oneOf({ description: 'What became of it.', values: statuses })
  status!: Status;

  @Field.time({ description: 'When it was retried or dismissed.', nullable: true })
  settledAt!: Date | null;

  @Field.text({ description: 'Who did that.', nullable: true })
  settledBy!: string | null;

  @Field.uuid({ description: 'The event that it became.', nullable: true })
  retriedEventId!: string | null;

  @Field.boolean({ description: 'Whether it was corrected before.' })
  corrected!: boolean;

  @Field.text({ description: 'Why it was dismissed.', nullable: true })
  dismissedReason!: string | null;
}

export class RejectedPage extends PageOf(RejectedAnswer) {}

export class RejectedWithBodyAnswer extends RejectedAnswer {
  @Field.text({
    description: 'What was sent; null when it is not kept, or its subject was erased.',
    nullable: true,
  })
  body!: string | null;
}

export class RetriedAnswer {
  @Field.uuid({ description: 'Id of the rejected event.' })
  id!: string;

  @Field.uuid({ description: 'The event that it became; null if there was none in it.', nullable: true })
  eventId!: string | null;
}

export class RetriedAllAnswer {
  @Field.integer({ description: 'How many are recorded now.' })
  retried!: number;

  @Field.integer({ description: 'How many were refused again, and are still open.' })
  refused!: number;
}
