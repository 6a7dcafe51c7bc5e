import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { momentKeyOf } from './moment-key.js';

class TimelineEntry {
  @Field.time({ description: 'When it happened.' }) at!: Date;
  @Field.text({ description: 'Type of the event.', example: 'order.placed' }) type!: string;
  @Field.text({ description: 'What happened, in words.' }) summary!: string;
  @Field.text({ description: 'By what way.', nullable: true }) channel!: string | null;
  @Field.text({ description: 'Page or screen.', nullable: true }) page!: string | null;
  @Field.text({ description: 'Product code in capitals.', nullable: true }) sku!: string | null;
  @Field.text({ description: 'Order that it is about.', nullable: true }) orderId!: string | null;
  @Field.text({ description: 'Campaign or referring host.', nullable: true }) cameFrom!: string | null;
  @Field.text({ description: 'Who reported it.' }) source!: string;
  @Field.uuid({ description: 'The event.' }) eventId!: string;
}

class TimelinePage extends PageOf(TimelineEntry) {}

@Controller('api/interactions/customers')
@Allow('reader')
export class TimelineController {
  constructor(@InjectDataSource('interactions') private readonly interactions: DataSource) {}

  /** Everything that happened between a customer and us, the latest first. */
  @Get(':id/timeline')
  @Answers(TimelinePage)
  async timeline(@Param('id', ParseUUIDPipe) id: string, @Query() { limit, after }: PageQuery) {
    const customer = await currentCustomer(this.interactions, id);
    const key = momentKeyOf(after);
    // Of each identifier the latest few, found in the index: no history is read whole to be sorted.
    const rows = await this.interactions.query<TimelineEntry[]>(
      `select m.at, m.type, m.summary, m.channel, m.page, m.sku, m.order_id as "orderId",
              m.came_from as "cameFrom", m.source, m.event_id as "eventId"
         from subject s
        cross join lateral (
              select * from timeline t
               where t.subject_id = s.subject_id and (t.at, t.event_id) < ($2::timestamptz, $3::uuid)
               order by t.at desc, t.event_id desc limit $4) m
        where s.customer_id = $1
        order by m.at desc, m.event_id desc limit $4`,
      [customer, ...key, limit + 1],
    );
    return pageOf(rows, limit, ({ at, eventId }) => [at.toISOString(), eventId]);
  }
}
