import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { utcMilliseconds } from '@perennial/events';
import { currentCustomer } from '@perennial/read-models';
import {
  Allow,
  Answers,
  CalledBy,
  invalidCursor,
  keyOf,
  pageOf,
  uuidPart,
  type Caller,
} from '@perennial/service';
import type { DataSource } from 'typeorm';
import {
  CustomerPage,
  CustomersQuery,
  CustomerStory,
  type CustomerAnswer,
  type IdentifierAnswer,
  type ProfileAnswer,
} from './customers.answers.js';

const columns = `customer_id as "customerId", identified, subjects, first_seen_at as "firstSeenAt",
  first_touch_at as "firstTouchAt", channel, campaign, converted_at as "convertedAt",
  conversion_channel as "conversionChannel", country`;

/** Time and customer in a cursor. Throws a problem (400) for others. */
function momentKeyOf(after: string | undefined): readonly string[] {
  const key = keyOf(after, 2)?.map(String);
  if (key === undefined) return ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
  if (utcMilliseconds(key[0] as string) === undefined || !uuidPart.test(key[1] as string))
    throw invalidCursor();
  return key;
}

@Controller('api/acquisition/customers')
@Allow('reader')
export class CustomersController {
  constructor(@InjectDataSource('acquisition') private readonly acquisition: DataSource) {}

  /** Customers, those seen for the first time most recently first. */
  @Get()
  @Answers(CustomerPage)
  async list(@Query() { limit, after, identified, channel }: CustomersQuery) {
    const rows = await this.acquisition.query<CustomerAnswer[]>(
      `select ${columns} from customers
        where (first_seen_at, customer_id) < ($1::timestamptz, $2::uuid)
          and ($3::boolean is null or identified = $3) and ($4::text is null or channel = $4)
        order by first_seen_at desc, customer_id desc limit $5`,
      [...momentKeyOf(after), identified ?? null, channel ?? null, limit + 1],
    );
    return pageOf(rows, limit, ({ firstSeenAt, customerId }) => [
      firstSeenAt?.toISOString() ?? null,
      customerId,
    ]);
  }

  /** One customer, by its own id or that of any of its identifiers. */
  @Get(':id')
  @Answers(CustomerStory)
  async one(@Param('id', ParseUUIDPipe) id: string, @CalledBy() caller: Caller): Promise<CustomerStory> {
    const customerId = await currentCustomer(this.acquisition, id);
    const [customer] = await this.acquisition.query<[CustomerAnswer]>(
      `select ${columns} from customers where customer_id = $1`,
      [customerId],
    );
    const identifiers = await this.acquisition.query<IdentifierAnswer[]>(
      `select subject_id as "subjectId", namespace, first_seen_at as "firstSeenAt", decided_at as "erasedAt"
         from subject left join erasure using (subject_id)
        where subject.customer_id = $1 order by first_seen_at, subject_id limit 1000`,
      [customerId],
    );
    const story: CustomerStory = Object.assign(customer, { identifiers });
    if (caller.roles.includes('operator')) story.profiles = await this.profilesOf(customerId);
    return story;
  }

  private profilesOf(customerId: string): Promise<ProfileAnswer[]> {
    return this.acquisition.query<ProfileAnswer[]>(
      `select subject_id as "subjectId", email, phone, name, first_name as "firstName", last_name as "lastName",
              birthday, company, street, postal_code as "postalCode", city, address_country as "addressCountry",
              updated_at as "updatedAt"
         from profile join subject using (subject_id)
        where customer_id = $1 and not exists (select from erasure e where e.subject_id = profile.subject_id)
        order by updated_at desc, subject_id limit 1000`,
      [customerId],
    );
  }
}
