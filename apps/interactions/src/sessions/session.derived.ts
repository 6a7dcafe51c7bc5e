import { Column, CustomerKey, DerivedKey, DerivedTable } from '@perennial/read-models';
import { Moment } from '../timeline/timeline.facts.js';

const BREAK = '30 minutes';

/**
 * Visits, cut where nothing happened for more than 30 minutes (the convention of web analytics). They are the
 * customer's, not the identifier's: who logs in halfway, or changes the device, stays in one session; who has
 * two devices in hand has one too. An order belongs to the session around it, but is none by itself, or
 * every order by telephone would be a visit. Whether a session is still open depends on today: see the view.
 */
@DerivedTable('session', {
  comment:
    'One row a visit of a customer: pages, products and carts looked at with no break of more than 30 minutes.',
  from: [Moment],
  window: { of: Moment, at: 'at', gap: BREAK, begins: 'startedAt' },
  indexes: [['startedAt']],
})
export class Session {
  @CustomerKey() customerId!: string;
  @DerivedKey('timestamptz', 'its first event') startedAt!: string;
  @Column('timestamptz', { comment: 'its last event so far' }) endedAt!: string;
  @Column('integer', { comment: 'events in it' }) events!: number;
  @Column('integer', { comment: 'pages and screens seen' }) pages!: number;
  @Column('integer', { comment: 'different products looked at' }) productsViewed!: number;
  @Column('integer', { comment: 'how often something was put into the cart' }) cartAdditions!: number;
  @Column('integer', { comment: 'different orders placed' }) orders!: number;
  @Column('boolean', { comment: 'whether it led to an order' }) converted!: boolean;
  @Column('text', { comment: 'channel of the first event that tells one' }) entryChannel?: string;
  @Column('text', { comment: 'campaign or referring host of the first event that tells one' })
  cameFrom?: string;
  @Column('text', { comment: 'first page or screen' }) entryPage?: string;

  static sql = `
    with visit as (
      select customer_id, at, event_id, type, channel, came_from, page, sku, order_id,
             coalesce(at - lag(at) over in_sequence > interval '${BREAK}', true) as begins
        from :window
       where type in ('page.viewed', 'screen.viewed', 'product.viewed', 'product.list.viewed',
                      'products.searched', 'product.wished', 'product.shared', 'product.reviewed',
                      'cart.item.added', 'cart.item.removed', 'cart.viewed', 'checkout.started',
                      'coupon.applied', 'order.placed')
      window in_sequence as (partition by customer_id order by at, event_id)
    ),
    numbered as (
      select *, count(*) filter (where begins) over (partition by customer_id order by at, event_id) as number
        from visit
    )
    select customer_id, min(at), max(at), count(*),
           count(*) filter (where type in ('page.viewed', 'screen.viewed')),
           count(distinct sku) filter (where type = 'product.viewed'),
           count(*) filter (where type = 'cart.item.added'),
           count(distinct order_id) filter (where type = 'order.placed'),
           bool_or(type = 'order.placed'),
           (array_agg(channel order by at, event_id) filter (where channel is not null))[1],
           (array_agg(came_from order by at, event_id) filter (where came_from is not null))[1],
           (array_agg(page order by at, event_id) filter (where page is not null))[1]
      from numbered
     group by customer_id, number
    having bool_or(type <> 'order.placed')`;
}
