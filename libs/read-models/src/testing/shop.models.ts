import { AggregateTable, GroupKey, Total } from '../aggregates/aggregate-table.js';
import { Column, CustomerKey, DerivedKey, DerivedTable, reading } from '../derived/derived-table.js';
import {
  Earliest,
  EventKey,
  FactTable,
  Key,
  Latest,
  Max,
  Min,
  SetOf,
  SubjectKey,
  Sum,
  Value,
} from '../facts/fact-table.js';
import { facts } from '../facts/facts.js';
import type { ReadModelsDefinition } from '../read-models.js';

/** A small service with one read model of every kind: what the tests of this library run on. */
@FactTable('order', { comment: 'One row an order.' })
export class Order {
  @SubjectKey() subjectId!: string;
  @Key('text', 'order number') orderId!: string;
  @Min('timestamptz', 'when it was placed') placedAt?: string;
  @Min('timestamptz', 'when it was cancelled') cancelledAt?: string;
  @Latest('numeric', 'its total') total?: string;
  @Earliest('text', 'where it was placed first') channel?: string;
  @SetOf('text[]', 'what was ordered') skus?: string[];
  @Sum('numeric', 'paid back so far') refunded!: string;
}

export const orders = facts(Order, {
  'order.placed': ({ data, time }) => ({
    orderId: data.orderId,
    placedAt: time,
    total: data.total.amount,
    channel: data.channel,
    skus: data.lines.map(({ sku }) => sku),
  }),
  'order.cancelled': ({ data, time }) => ({ orderId: data.orderId, cancelledAt: time }),
  'order.returned': ({ data }) => ({ orderId: data.orderId ?? 'unknown', refunded: data.refund.amount }),
});

@FactTable('visit', { comment: 'One row a page seen.' })
export class Visit {
  @SubjectKey() subjectId!: string;
  @EventKey() eventId!: string;
  @Value('timestamptz', 'when') seenAt!: string;
  @Value('text', 'which page') path!: string;
}

export const visits = facts(Visit, {
  'page.viewed': ({ data, time }) => ({ seenAt: time, path: data.path }),
});

@DerivedTable('purchases', {
  comment: 'What each customer has bought.',
  from: [reading(Order, 'placedAt', 'cancelledAt', 'total', 'refunded')],
})
export class Purchases {
  @CustomerKey() customerId!: string;
  @Column('integer', { comment: 'orders placed and not cancelled' }) orders!: number;
  @Column('numeric', { comment: 'their total less refunds' }) revenue!: string;
  @Column('timestamptz', { comment: 'latest order' }) lastOrderAt!: string;

  static sql = `
    select customer_id, count(*), sum(total - refunded), max(placed_at)
      from "order" join subject using (subject_id)
     where placed_at is not null and cancelled_at is null and customer_id = any(:customers)
     group by customer_id`;
}

const BREAK = '2 minutes';

@DerivedTable('stay', {
  comment: 'One row a sequence of pages that a customer saw without a break.',
  from: [Visit],
  window: { of: Visit, at: 'seenAt', gap: BREAK, begins: 'beganAt' },
})
export class Stay {
  @CustomerKey() customerId!: string;
  @DerivedKey('timestamptz', 'its first page') beganAt!: string;
  @Column('timestamptz', { comment: 'its last page' }) endedAt!: string;
  @Column('integer', { comment: 'pages seen' }) pages!: number;

  static sql = `
    with cut as (
      select customer_id, seen_at, event_id,
             coalesce(seen_at - lag(seen_at) over in_sequence > interval '${BREAK}', true) as begins
        from :window
      window in_sequence as (partition by customer_id order by seen_at, event_id)
    ),
    numbered as (
      select *, count(*) filter (where begins) over (partition by customer_id order by seen_at, event_id) as number
        from cut
    )
    select customer_id, min(seen_at), max(seen_at), count(*) from numbered group by customer_id, number`;
}

@AggregateTable('pair', { comment: 'How often two products were ordered together.', from: Order })
export class Pair {
  @GroupKey('text', 'one product') skuA!: string;
  @GroupKey('text', 'the other; later in the alphabet') skuB!: string;
  @Total('integer', 'orders with both') orders!: number;

  static sql = `
    select a.sku, b.sku, count(*)
      from :rows o, unnest(o.skus) a(sku), unnest(o.skus) b(sku)
     where a.sku < b.sku and o.placed_at is not null and o.cancelled_at is null
     group by 1, 2`;
}

@FactTable('busiest', { comment: 'One row a page, over all customers.' })
export class Busiest {
  @Key('text', 'page') path!: string;
  @Sum('integer', 'how often it was seen') views!: number;
  @Max('timestamptz', 'when it was seen last') lastSeenAt?: string;
}

export const busiest = facts(Busiest, {
  'page.viewed': ({ data, time }) => ({ path: data.path, views: 1, lastSeenAt: time }),
});

@FactTable('reader', { comment: 'One row a customer and page that it has seen at least once.' })
export class Reader {
  @SubjectKey() subjectId!: string;
  @Key('text', 'page') path!: string;
}

export const readers = facts(Reader, { 'page.viewed': ({ data }) => ({ path: data.path }) });

export const shop: ReadModelsDefinition = {
  schema: 'shop',
  facts: [orders, visits, busiest, readers],
  tables: [Purchases, Stay, Pair],
  views: [
    {
      name: 'top_pages',
      comment: 'The pages seen most.',
      columns: { path: 'page', views: 'how often it was seen' },
      sql: 'select path, views from busiest order by views desc, path limit 10',
    },
  ],
};
