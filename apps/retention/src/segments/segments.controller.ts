import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field, RequestProblem } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { segmentSizesSql } from './segments.view.js';

class SegmentsQuery {
  @Field.text({
    description: 'Day (UTC) as of which is computed; absent: the last day with an order.',
    pattern: /^\d{4}-\d{2}-\d{2}$/,
    example: '2026-03-31',
    optional: true,
  })
  asOf?: string;
}

class SegmentSize {
  @Field.text({ description: 'Day as of which is computed.', example: '2026-03-31' }) asOf!: string;
  @Field.text({ description: 'Currency of the amounts: ISO 4217 code.', example: 'EUR' }) currency!: string;
  @Field.text({ description: 'The segment.', example: 'champion' }) segment!: string;
  @Field.integer({ description: 'Customers in it.' }) customers!: number;
  @Field.integer({ description: 'Their orders up to that day.' }) orders!: number;
  @Field.decimal({ description: 'Total of these orders.' }) revenue!: string;
  @Field.integer({ description: 'Days since their latest order, on average.' }) averageRecencyDays!: number;
}

@Controller('api/retention/segments')
@Allow('reader')
export class SegmentsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** How large each segment by recency, frequency and value is, and what it bought. */
  @Get()
  @Answers([SegmentSize])
  list(@Query() { asOf }: SegmentsQuery): Promise<SegmentSize[]> {
    if (asOf !== undefined && new Date(`${asOf}T00:00:00Z`).toJSON()?.slice(0, 10) !== asOf)
      throw new RequestProblem(400, 'invalid-request', 'asOf is not a day of the calendar.');
    return this.retention.query<SegmentSize[]>(segmentSizesSql, [asOf ?? null]);
  }
}
