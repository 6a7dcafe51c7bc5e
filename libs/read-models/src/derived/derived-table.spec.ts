import { Order, Visit } from '../testing/shop.models.js';
import {
  Column,
  CustomerKey,
  DerivedKey,
  DerivedTable,
  reading,
  type DerivedTableOptions,
} from './derived-table.js';

const window = { of: Visit, at: 'seenAt', gap: '1 hour', begins: 'beganAt' };
const OF_CUSTOMERS = 'select customer_id, 1 from "order" where customer_id = any(:customers)';
const OF_WINDOW = 'select customer_id, min(seen_at), count(*) from :window group by customer_id';

/** Columns that would do. */
class Stay {
  static sql = OF_WINDOW;
  @CustomerKey() customerId!: string;
  @DerivedKey('timestamptz', 'its begin') beganAt!: string;
  @Column('integer', { comment: 'pages seen' }) pages!: number;
}

class LargeOrders {
  static sql = `${OF_CUSTOMERS} and total > 0`;
  @CustomerKey() customerId!: string;
  @Column('integer', { comment: 'how many' }) orders!: number;
}

class Nobodys {
  static sql = OF_CUSTOMERS;
  @Column('integer', { comment: 'how many' }) orders!: number;
}

const asking = (sql?: string) =>
  class {
    static sql = sql;
  };

describe('A derived table', () => {
  it.each<[string, DerivedTableOptions, object, RegExp]>([
    ['a query', { comment: '', from: [Order] }, asking(), /needs a "static sql" that filters by/],
    [
      'a query of the customers asked for',
      { comment: '', from: [Order] },
      asking('select customer_id, 1 from "order"'),
      /"customer_id = any\(:customers\)"/,
    ],
    [
      'a query of its window',
      { comment: '', from: [Visit], window },
      asking(OF_CUSTOMERS),
      /reads the facts of its window "from :window"/,
    ],
    [
      'no other facts beside its window',
      { comment: '', from: [Visit, Order], window },
      Stay,
      /the window only/,
    ],
    ['the customer first', { comment: '', from: [Order] }, Nobodys, /first column .* must be @CustomerKey/],
    [
      'all columns that it reads',
      { comment: '', from: [reading(Order, 'placedAt')] },
      LargeOrders,
      /reads "total": it must tell all columns of Order/,
    ],
    [
      'a time of its window that stays',
      { comment: '', from: [Order], window: { ...window, of: Order, at: 'placedAt' } },
      Stay,
      /"placedAt" of Order is none, or may change/,
    ],
    [
      'a time at which its rows begin',
      { comment: '', from: [Visit], window: { ...window, begins: 'pages' } },
      Stay,
      /needs a column of type timestamptz: "pages"/,
    ],
  ])('needs %s', (_, options, entity, problem) => {
    expect(() => DerivedTable('stay', options)(entity as never)).toThrow(problem);
  });
});
