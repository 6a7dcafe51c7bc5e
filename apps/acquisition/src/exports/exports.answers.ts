import { ApiProperty } from '@nestjs/swagger';
import { Field, PageOf } from '@perennial/service';

export class ExportedEvent {
  @Field.uuid({ description: 'Id of the identifier that it was told of: a keyed hash of it.' })
  subjectId!: string;
  @Field.text({
    description:
      'The identifier itself, e.g. user:42; `user:erased` where nothing personal is known under it any more.',
  })
  subject!: string;
  @Field.integer({ description: '1, 2, 3 … among the events of this identifier, as they were recorded.' })
  version!: number;
  @Field.text({ description: 'What happened, e.g. order.placed.' }) type!: string;
  @Field.integer({ description: 'Version of the form of its data.' }) dataVersion!: number;
  @Field.time({ description: 'When it happened.' }) time!: string;
  @Field.time({ description: 'When it was recorded.' }) recordedAt!: string;
  @Field.text({ description: 'The system that told of it.' }) source!: string;
  @Field.text({ description: 'Its id there.' }) id!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'What was told, in the clear; as the event types in docs/events describe it.',
  })
  data!: Record<string, unknown>;
}

export class ExportedEventPage extends PageOf(ExportedEvent) {}
