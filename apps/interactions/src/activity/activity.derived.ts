import { Column, CustomerKey, DerivedTable } from '@perennial/read-models';
import { Order } from '../orders/order.facts.js';
import { Session } from '../sessions/session.derived.js';
import { ContactDay } from './contact-day.facts.js';

@DerivedTable('activity', {
  comment: 'One row a customer who did something: how often, by what way, when first and last.',
  from: [ContactDay, Session, Order],
  indexes: [['lastSeenAt']],
})
export class Activity {
  @CustomerKey() customerId!: string;
  @Column('timestamptz', { comment: 'first time the customer did something' }) firstSeenAt!: string;
  @Column('timestamptz', { comment: 'last time the customer did something' }) lastSeenAt!: string;
  @Column('integer', { comment: 'days (UTC) on which the customer did something' }) activeDays!: number;
  @Column('integer', { comment: 'what the customer did, event by event' }) interactions!: number;
  @Column('jsonb', { comment: 'interactions by channel, e.g. {"web": 12, "store": 3}' })
  byChannel!: Record<string, number>;
  @Column('text', { comment: 'channel with the most interactions; of several the first in the alphabet' })
  mainChannel?: string;
  @Column('integer', { comment: 'visits' }) sessions!: number;
  @Column('integer', { comment: 'visits that led to an order' }) convertedSessions!: number;
  @Column('timestamptz', { comment: 'start of the latest visit' }) lastSessionAt?: string;
  @Column('integer', { comment: 'orders placed and not cancelled' }) orders!: number;
  @Column('timestamptz', { comment: 'latest order that was not cancelled' }) lastOrderAt?: string;

  static sql = `
    with mine as (
      select customer_id, subject_id from subject where customer_id = any(:customers)
    ),
    contact as (
      select customer_id, day, channel, interactions, first_at, last_at from contact_day join mine using (subject_id)
    ),
    by_channel as (
      select customer_id, channel, sum(interactions) as interactions, min(first_at) as first_at, max(last_at) as last_at
        from contact
       group by customer_id, channel
    ),
    contacts as (
      select customer_id, min(first_at) as first_at, max(last_at) as last_at, sum(interactions) as interactions,
             jsonb_object_agg(channel, interactions) as channels,
             (array_agg(channel order by interactions desc, channel) filter (where channel <> 'unspecified'))[1] as main_channel
        from by_channel
       group by customer_id
    ),
    days as (
      select customer_id, count(distinct day) as days from contact group by customer_id
    ),
    visits as (
      select customer_id, count(*) as sessions, count(*) filter (where converted) as converted, max(started_at) as last_at
        from session
       where customer_id = any(:customers)
       group by customer_id
    ),
    bought as (
      select customer_id, count(distinct order_id) as orders, max(placed_at) as last_at
        from "order" join mine using (subject_id)
       where placed_at is not null and cancelled_at is null
       group by customer_id
    )
    select customer_id, contacts.first_at, contacts.last_at, days.days, contacts.interactions, contacts.channels,
           contacts.main_channel, coalesce(visits.sessions, 0), coalesce(visits.converted, 0), visits.last_at,
           coalesce(bought.orders, 0), bought.last_at
      from contacts
      join days using (customer_id)
      left join visits using (customer_id)
      left join bought using (customer_id)`;
}
