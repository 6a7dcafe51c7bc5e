import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field, PageOf, pageOf, PageQuery } from '@perennial/service';
import type { DataSource } from 'typeorm';
import { momentKeyOf } from '../timeline/moment-key.js';

class SessionAnswer {
  @Field.time({ description: 'First event.' }) startedAt!: Date;
  @Field.time({ description: 'Last event so far.' }) endedAt!: Date;
  @Field.boolean({ description: 'Whether it is going on: its last event is less than 30 minutes old.' })
  open!: boolean;
  @Field.integer({ description: 'Events in it.' }) events!: number;
  @Field.integer({ description: 'Pages and screens seen.' }) pages!: number;
  @Field.integer({ description: 'Different products looked at.' }) productsViewed!: number;
  @Field.integer({ description: 'How often something was put into the cart.' }) cartAdditions!: number;
  @Field.integer({ description: 'Orders placed.' }) orders!: number;
  @Field.boolean({ description: 'Whether it led to an order.' }) converted!: boolean;
  @Field.text({ description: 'By what way the customer came.', nullable: true }) entryChannel!: string | null;
  @Field.text({ description: 'Campaign or referring host.', nullable: true }) cameFrom!: string | null;
  @Field.text({ description: 'First page or screen.', nullable: true }) entryPage!: string | null;
}

class SessionPage extends PageOf(SessionAnswer) {}

/** Sessions of one customer begin at different times: the second part of a cursor only fills the form. */
const NO_EVENT = '00000000-0000-0000-0000-000000000000';

@Controller('api/interactions/customers')
@Allow('reader')
export class SessionsController {
  constructor(@InjectDataSource('interactions') private readonly interactions: DataSource) {}

  /** Visits of a customer, the latest first. */
  @Get(':id/sessions')
  @Answers(SessionPage)
  async sessions(@Param('id', ParseUUIDPipe) id: string, @Query() { limit, after }: PageQuery) {
    const customer = await currentCustomer(this.interactions, id);
    const [before] = momentKeyOf(after);
    const rows = await this.interactions.query<SessionAnswer[]>(
      `select started_at as "startedAt", ended_at as "endedAt", ended_at > now() - interval '30 minutes' as open,
              events, pages, products_viewed as "productsViewed", cart_additions as "cartAdditions", orders,
              converted, entry_channel as "entryChannel", came_from as "cameFrom", entry_page as "entryPage"
         from session
        where customer_id = $1 and started_at < $2::timestamptz
        order by started_at desc limit $3`,
      [customer, before, limit + 1],
    );
    return pageOf(rows, limit, ({ startedAt }) => [startedAt.toISOString(), NO_EVENT]);
  }
}
