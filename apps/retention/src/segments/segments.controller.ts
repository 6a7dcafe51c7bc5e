import { Controller, Get, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { AsOf, AsOfQuery, BetweenQuery, dayOf, daysOf } from '../moments/as-of.js';
import { amountKeyOf, currencyPart } from '../purchases/amount.cursor.js';
import { CustomerInSegment, SegmentMove, SegmentSize } from './segments.answers.js';
import { customersInSegmentsSql, segmentMovesSql, segmentNames, segmentSizesSql } from './segments.view.js';

class CustomersQuery extends PageQuery {
  @Field.oneOf({ description: 'Only this segment.', values: segmentNames, optional: true })
  segment?: (typeof segmentNames)[number];
  @AsOf() asOf?: string;
}

class SegmentPage extends PageOf(CustomerInSegment) {}

@Controller('api/retention/segments')
@Allow('reader')
export class SegmentsController {
  constructor(@InjectDataSource('retention') private readonly retention: DataSource) {}

  /** How large each segment by recency, frequency and value is, and what it bought. */
  @Get()
  @Answers([SegmentSize])
  list(@Query() { asOf }: AsOfQuery): Promise<SegmentSize[]> {
    return this.retention.query<SegmentSize[]>(segmentSizesSql, [dayOf(asOf)]);
  }

  /** Who is in a segment, those with the highest revenue first. */
  @Get('customers')
  @Answers(SegmentPage)
  async customers(@Query() { segment, asOf, limit, after }: CustomersQuery) {
    const rows = await this.retention.query<CustomerInSegment[]>(customersInSegmentsSql, [
      dayOf(asOf),
      segment ?? null,
      ...amountKeyOf(after, currencyPart),
      limit + 1,
    ]);
    return pageOf(rows, limit, ({ revenue, customerId, currency }) => [revenue, customerId, currency]);
  }

  /** How many customers went from which segment to which between two days. */
  @Get('moves')
  @Answers([SegmentMove])
  moves(@Query() days: BetweenQuery): Promise<SegmentMove[]> {
    return this.retention.query<SegmentMove[]>(segmentMovesSql, daysOf(days));
  }
}
