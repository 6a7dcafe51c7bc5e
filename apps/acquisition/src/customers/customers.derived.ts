import { Column, CustomerKey, DerivedTable, reading, Subject } from '@perennial/read-models';
import { Conversion } from '../conversions/conversion.facts.js';
import { Residence } from '../profiles/residence.facts.js';
import { Touch } from '../touches/touch.facts.js';

/** Who the customers are, what brought them and what made them buyers. */
@DerivedTable('customers', {
  comment: 'One row a customer, known or anonymous: how it came to us and when it bought first.',
  from: [
    Subject,
    reading(Touch, 'firstTouchAt', 'channel', 'campaign'),
    Conversion,
    reading(Residence, 'country'),
  ],
  indexes: [['firstSeenAt', 'customerId']],
})
export class Customers {
  @CustomerKey() customerId!: string;
  @Column('boolean', {
    comment: 'whether any of its identifiers names it (user, email, card …), not only a device or a session',
  })
  identified!: boolean;
  @Column('timestamptz', { comment: 'time of its first event' }) firstSeenAt?: string;
  @Column('integer', { comment: 'identifiers that identification holds to be this customer' })
  subjects!: number;
  @Column('timestamptz', { comment: 'time of the first touch; empty without one' }) firstTouchAt?: string;
  @Column('text', { comment: 'channel of the first touch' }) channel?: string;
  @Column('text', { comment: 'campaign of the first touch, if it had one' }) campaign?: string;
  @Column('timestamptz', { comment: 'when it placed its first order that was not cancelled' })
  convertedAt?: string;
  @Column('text', { comment: 'channel by which that order was placed' }) conversionChannel?: string;
  @Column('text', { comment: 'number of that order' }) conversionOrderId?: string;
  @Column('text', { comment: 'country of residence, in the words of the source' }) country?: string;

  static sql = `
    with mine as (
      select customer_id, subject_id, namespace, first_seen_at from subject where customer_id = any(:customers)
    ), known as (
      select customer_id, min(first_seen_at) as first_seen_at, count(*) as subjects,
             coalesce(bool_or(namespace not in ('anonymous', 'device', 'session')), false) as identified
        from mine
       group by customer_id
    ), first_touch as (
      select distinct on (customer_id) customer_id, first_touch_at, channel, campaign
        from touch join mine using (subject_id)
       order by customer_id, channel_stamp
    ), ordered as (
      select customer_id, order_id, min(placed_at) as placed_at,
             (array_agg(channel order by channel_stamp))[1] as channel
        from conversion join mine using (subject_id)
       group by customer_id, order_id
      having min(placed_at) is not null and min(cancelled_at) is null
    ), first_order as (
      select distinct on (customer_id) customer_id, placed_at, channel, order_id
        from ordered order by customer_id, placed_at, order_id
    ), home as (
      select distinct on (customer_id) customer_id, country
        from residence join mine using (subject_id)
       where country is not null
       order by customer_id, country_stamp desc
    )
    select customer_id, identified, first_seen_at, subjects, first_touch_at, t.channel, t.campaign,
           o.placed_at, o.channel, o.order_id, h.country
      from known left join first_touch t using (customer_id)
           left join first_order o using (customer_id) left join home h using (customer_id)`;
}
