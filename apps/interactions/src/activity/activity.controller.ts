import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { InjectDataSource } from '@nestjs/typeorm';
import { currentCustomer } from '@perennial/read-models';
import { Allow, Answers, Field, RequestProblem } from '@perennial/service';
import type { DataSource } from 'typeorm';

const DAY = 24 * 60 * 60 * 1000;
const MOST_DAYS = 3660;

class CustomerActivity {
  @Field.uuid({ description: 'The customer.' }) customerId!: string;
  @Field.time({ description: 'First time the customer did something.', nullable: true })
  firstSeenAt!: Date | null;
  @Field.time({ description: 'Last time the customer did something.', nullable: true })
  lastSeenAt!: Date | null;
  @Field.integer({ description: 'Days on which the customer did something.' }) activeDays!: number;
  @Field.integer({ description: 'What the customer did, event by event.' }) interactions!: number;
  @ApiProperty({
    description: 'Interactions by channel.',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { web: 12, store: 3 },
  })
  byChannel!: Record<string, number>;
  @Field.text({ description: 'Channel with the most interactions.', nullable: true }) mainChannel!:
    string | null;
  @Field.integer({ description: 'Visits.' }) sessions!: number;
  @Field.integer({ description: 'Visits that led to an order.' }) convertedSessions!: number;
  @Field.time({ description: 'Start of the latest visit.', nullable: true }) lastSessionAt!: Date | null;
  @Field.integer({ description: 'Orders placed and not cancelled.' }) orders!: number;
  @Field.time({ description: 'Latest order that was not cancelled.', nullable: true })
  lastOrderAt!: Date | null;
}

class DailyActivity {
  @ApiProperty({ type: String, format: 'date', description: 'Day (UTC).' }) day!: string;
  @Field.text({ description: 'By what way.' }) channel!: string;
  @Field.integer({ description: 'Different customers who did something.' }) customers!: number;
  @Field.integer({ description: 'What they did, event by event.' }) interactions!: number;
}

class DaysQuery {
  @Field.day({ description: 'First day (UTC); absent: 29 days before the last.', optional: true })
  from?: string;
  @Field.day({ description: 'Last day (UTC); absent: today.', optional: true }) to?: string;
}

/** The days that a query asks for. Throws a problem (400) where they are swapped, and for more than ten years. */
function daysOf({ from, to }: DaysQuery, today: Date): { from: string; to: string } {
  const last = to ?? today.toISOString().slice(0, 10);
  const first = from ?? new Date(Date.parse(last) - 29 * DAY).toISOString().slice(0, 10);
  if (first > last)
    throw new RequestProblem(400, 'invalid-request', `from (${first}) is after to (${last}): swap the two.`);
  if (Date.parse(last) - Date.parse(first) > MOST_DAYS * DAY)
    throw new RequestProblem(400, 'too-many-days', `At most ${MOST_DAYS} days can be read at once.`);
  return { from: first, to: last };
}

@Controller('api/interactions')
@Allow('reader')
export class ActivityController {
  constructor(@InjectDataSource('interactions') private readonly interactions: DataSource) {}

  /** How often a customer did something, by what way, when first and last. */
  @Get('customers/:id/activity')
  @Answers(CustomerActivity)
  async ofCustomer(@Param('id', ParseUUIDPipe) id: string): Promise<CustomerActivity> {
    const customer = await currentCustomer(this.interactions, id);
    const [row] = await this.interactions.query<CustomerActivity[]>(
      `select customer_id as "customerId", first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt",
              active_days as "activeDays", interactions, by_channel as "byChannel", main_channel as "mainChannel",
              sessions, converted_sessions as "convertedSessions", last_session_at as "lastSessionAt",
              orders, last_order_at as "lastOrderAt"
         from activity where customer_id = $1`,
      [customer],
    );
    return row ?? silent(customer);
  }

  /** How many customers did something, and how much, by day and channel. */
  @Get('activity')
  @Answers([DailyActivity])
  byDay(@Query() days: DaysQuery): Promise<DailyActivity[]> {
    const { from, to } = daysOf(days, new Date());
    return this.interactions.query<DailyActivity[]>(
      `select day::text, channel, customers::int, interactions::int
         from daily_activity where day between $1::date and $2::date order by day, channel`,
      [from, to],
    );
  }
}

/** A customer who is known but has done nothing: only we have, or identification. */
const silent = (customerId: string): CustomerActivity => ({
  customerId,
  firstSeenAt: null,
  lastSeenAt: null,
  activeDays: 0,
  interactions: 0,
  byChannel: {},
  mainChannel: null,
  sessions: 0,
  convertedSessions: 0,
  lastSessionAt: null,
  orders: 0,
  lastOrderAt: null,
});
