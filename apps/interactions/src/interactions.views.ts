import type { AnalystView } from '@perennial/read-models';

export const customerTimeline: AnalystView = {
  name: 'customer_timeline',
  comment: 'The timeline by customer: everything that happened, over all identifiers and channels.',
  columns: {
    customer_id: 'the customer',
    at: 'when it happened',
    type: 'type of the event',
    channel: 'by what way; empty where the event does not say',
    summary: 'what happened, in words',
    page: 'page or screen that was seen',
    sku: 'product code in capitals',
    order_id: 'order that it is about',
    came_from: 'campaign or referring host that brought the visit',
    source: 'who reported it',
    subject_id: 'the identifier under which it was reported',
    event_id: 'the event',
  },
  sql: `
    select customer_id, at, type, channel, summary, page, sku, order_id, came_from, source, subject_id, event_id
      from timeline join subject using (subject_id)`,
};

export const openSession: AnalystView = {
  name: 'open_session',
  comment: 'Visits that are going on now: their last event is less than 30 minutes old.',
  columns: {
    customer_id: 'the customer',
    started_at: 'first event',
    ended_at: 'last event so far',
    pages: 'pages and screens seen',
    products_viewed: 'different products looked at',
    entry_channel: 'by what way the customer came',
  },
  sql: `
    select customer_id, started_at, ended_at, pages, products_viewed, entry_channel
      from session
     where ended_at > now() - interval '30 minutes'`,
};

/** Shipments may be reported under another identifier than the order: the two meet in the customer. */
export const delivery: AnalystView = {
  name: 'delivery',
  comment:
    'One row an order and shipment: what was promised and what was kept. Orders without shipments have one row.',
  columns: {
    customer_id: 'the customer',
    order_id: 'order number',
    placed_at: 'when it was ordered',
    cancelled_at: 'when it was cancelled',
    shipment_id: 'number of the shipment',
    carrier: 'who carries it',
    dispatched_at: 'when it left the warehouse',
    promised_at: 'until when delivery was promised',
    delivered_at: 'when it arrived',
    failures: 'attempts that failed',
    late: 'whether it arrived after the promised time',
    overdue: 'whether it has not arrived now, though the promised time is over',
  },
  sql: `
    with ordered as (
      select customer_id, order_id, min(placed_at) as placed_at, min(cancelled_at) as cancelled_at
        from "order" join subject using (subject_id)
       group by customer_id, order_id
    ),
    shipped as (select customer_id, shipment.* from shipment join subject using (subject_id))
    select customer_id, order_id, o.placed_at, o.cancelled_at, s.shipment_id, s.carrier, s.dispatched_at,
           s.promised_at, s.delivered_at, s.failures, s.late,
           s.delivered_at is null and s.promised_at < now() and o.cancelled_at is null
      from ordered o full join shipped s using (customer_id, order_id)`,
};

export const dailyActivity: AnalystView = {
  name: 'daily_activity',
  comment: 'One row a day and channel: how many customers did something, and how much.',
  columns: {
    day: 'day (UTC)',
    channel: 'by what way; "unspecified" where events do not say',
    customers: 'different customers who did something',
    interactions: 'what they did, event by event',
  },
  sql: `
    select day, channel, count(distinct customer_id), sum(interactions)
      from contact_day join subject using (subject_id)
     group by day, channel`,
};
